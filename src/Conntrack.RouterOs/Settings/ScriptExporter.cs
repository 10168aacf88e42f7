using System.Text;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Settings;

/// <summary>Writes a configuration as a script, the way RouterOS's compact export does: only what differs from the defaults.</summary>
public static class ScriptExporter
{
    /// <summary>
    /// A script that, loaded on <see cref="RouterConfiguration.Default"/>, gives <paramref name="configuration"/> again. Lines end in LF.
    /// </summary>
    public static string Export(RouterConfiguration configuration) => Export(configuration, MenuTree.Root);

    /// <summary>The part of that script that sets <paramref name="top"/> and the menus below it.</summary>
    public static string Export(RouterConfiguration configuration, Menu top)
    {
        var script = new StringBuilder();
        foreach (IMenuActions menu in ScriptLoader.Menus.Where(menu => IsBelow(MenuTree.At(menu.Path), top)))
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

    static bool IsBelow(Menu menu, Menu top)
    {
        IMenuNode? node = menu;
        while (node is not null && node != top)
        {
            node = node.Parent;
        }

        return node is not null;
    }
}
