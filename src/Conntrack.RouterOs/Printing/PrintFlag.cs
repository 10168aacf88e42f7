namespace Conntrack.RouterOs.Printing;

/// <summary>A flag of a menu: the letter in front of a row and the word of the legend, lower case.</summary>
/// <param name="Letter">Shown in front of a row.</param>
/// <param name="Word">Shown in the legend.</param>
/// <param name="SharesColumn">Whether detailed prints show it in the column of the flag before it, because no entry has both.</param>
public readonly record struct PrintFlag(char Letter, string Word, bool SharesColumn = false);
