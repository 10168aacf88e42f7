namespace Conntrack.Daemon;

/// <summary>What reading a script had to say about one place of it.</summary>
/// <param name="Line">1 for the first.</param>
/// <param name="Column">1 for the first.</param>
/// <param name="IsError">False for a warning, which does not keep a script from being applied.</param>
/// <param name="Message">One line.</param>
public readonly record struct ScriptDiagnostic(int Line, int Column, bool IsError, string Message);

/// <summary>Reads a script without applying it.</summary>
/// <param name="fileName">As the user named it.</param>
/// <param name="text">The script.</param>
/// <returns>Every diagnostic, in the order of the script.</returns>
public delegate IReadOnlyList<ScriptDiagnostic> CheckScript(string fileName, string text);
