using System.Text;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Settings;

/// <summary>Writes a configuration as a script, the way RouterOS's compact export does: only what differs from the defaults.</summary>
public static class ScriptExporter
{
    /// <summary>
    /// A script that, loaded on <see cref="RouterConfiguration.Default"/>, gives <paramref name="configuration"/> again. Lines end in LF.
    /// </summary>
    public static string Export(RouterConfiguration configuration)
    {
        var script = new StringBuilder();
        foreach (IMenuActions menu in ScriptLoader.Menus)
        {
            List<string> commands = [.. menu.Export(configuration)];
            if (commands.Count == 0)
            {
                continue;
            }

            script.Append(MenuTree.At(menu.Path).Path).Append('\n');
            foreach (string command in commands)
            {
                script.Append(command).Append('\n');
            }
        }

        return script.ToString();
    }
}
