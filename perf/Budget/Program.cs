using System.Globalization;
using Conntrack.Budget;
using Conntrack.Rig;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// budget [CASE…]          counts and prints: case, instructions a packet
// budget profile CASE     the same by function
// budget drive CASE…      what valgrind runs
try
{
    bool drives = args is ["drive", ..], profiles = args is ["profile", _];
    string[] names = drives || profiles ? args[1..] : args;
    IReadOnlyList<Case> cases = names.Length == 0
        ? Case.All
        : [.. names.Select(name => Case.All.FirstOrDefault(what => what.Id == name) ?? throw new RigException($"no case {name}"))];
    if (drives)
    {
        Driver.Run(cases);
        return 0;
    }

    if (profiles)
    {
        foreach ((string function, double instructions) in Callgrind.Profile(cases[0]).TakeWhile(function => function.Instructions >= 0.5))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{instructions,8:F1} {function}"));
        }

        return 0;
    }

    foreach ((string name, double instructions) in Callgrind.Measure(cases))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{instructions:F1}"));
    }

    return 0;
}
catch (RigException failure)
{
    Console.Error.WriteLine($"budget: {failure.Message}");
    return 1;
}
