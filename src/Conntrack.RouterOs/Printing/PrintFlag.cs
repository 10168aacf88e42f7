namespace Conntrack.RouterOs.Printing;

/// <summary>A flag of a menu: the letter in front of a row and the word of the legend, lower case.</summary>
public readonly record struct PrintFlag(char Letter, string Word);
