using System.Globalization;
using System.Text;
using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;

// Configurations without routers, one in each directory named, changed over and over until the process is killed. Revision N of the K-th is
// acknowledged by the line "K N" once it is durable, and sets max-entries to 1000 + N. Every tenth is on trial first and then confirmed.
//
// It begins when it is sent a line, so that the next one can be ready while the one before still runs, and ends with whoever started it.
if (Console.In.ReadLine() is null)
{
    return;
}

Stream output = Console.OpenStandardOutput();
for (int k = 0; k < args.Length; k++)
{
    int saver = k;
    new Thread(() => Save(saver)) { IsBackground = true }.Start();
}

_ = Console.In.ReadLine();

void Save(int saver)
{
    using var start = StartingPoint.Find(StateLocation.Of(args[saver]), configFile: null, Console.Error, Console.Error.WriteLine);
    using var store = new ConfigurationStore(start, _ => { }, _ => { }, Console.Error.WriteLine, TimeProvider.System);
    while (true)
    {
        ulong number = store.CurrentRevision.Number + 1;
        string script = string.Create(CultureInfo.InvariantCulture, $"/ip firewall connection tracking set max-entries={1000 + number}");
        store.Apply(script, new ChangeTerms { Confirm = number % 10 == 0 ? TimeSpan.FromHours(1) : TimeSpan.Zero });
        if (number % 10 == 0)
        {
            store.Confirm(number);
        }

        // One system call a line, so that what was acknowledged has been said.
        output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{saver} {store.CurrentRevision.Number}\n")));
    }
}
