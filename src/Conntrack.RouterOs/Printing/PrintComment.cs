using System.Globalization;
using System.Text;

namespace Conntrack.RouterOs.Printing;

/// <summary>Comments as print shows them behind <c>;;;</c>.</summary>
static class PrintComment
{
    /// <summary>
    /// A comment may hold anything a script's quotes can; what would move the cursor or colour the terminal is shown as <c>\XX</c>.
    /// </summary>
    public static string OneLine(string comment)
    {
        if (!comment.Any(char.IsControl))
        {
            return comment;
        }

        var line = new StringBuilder(comment.Length + 8);
        foreach (char c in comment)
        {
            if (char.IsControl(c))
            {
                line.Append(CultureInfo.InvariantCulture, $"\\{(int)c:X2}");
            }
            else
            {
                line.Append(c);
            }
        }

        return line.ToString();
    }
}
