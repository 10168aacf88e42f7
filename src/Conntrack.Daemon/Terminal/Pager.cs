namespace Conntrack.Daemon.Terminal;

/// <summary>Shows output a page at a time, as RouterOS does: any key for the next page, <c>d</c> for all of it, <c>q</c> for the prompt.</summary>
sealed class Pager(Screen screen)
{
    public void Show(string output, bool asks)
    {
        int page = Math.Max(2, screen.Height - 1);
        int start = 0, rows = 0;
        for (int at = 0; asks && at < output.Length; at++)
        {
            if (output[at] != '\n')
            {
                continue;
            }

            rows++;
            if (rows < page || at + 1 == output.Length)
            {
                continue;
            }

            screen.Write(output[start..(at + 1)]);
            start = at + 1;
            screen.WriteColoured("-- [Q quit|D dump|down]", Colours.Quiet);
            ConsoleKeyInfo key = screen.ReadKey();
            screen.ClearRow();
            if (key.KeyChar is 'q' or 'Q' or '\x03')
            {
                return;
            }

            asks = key.KeyChar is not ('d' or 'D');
            rows = key.Key is ConsoleKey.DownArrow or ConsoleKey.Enter ? page - 1 : 0;
        }

        screen.Write(output[start..]);
    }
}
