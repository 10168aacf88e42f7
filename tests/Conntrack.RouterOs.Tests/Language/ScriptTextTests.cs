using Conntrack.RouterOs.Language;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.RouterOs.Tests.Language;

public sealed class ScriptTextTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("ether1", "ether1")]
    [InlineData("10.0.0.0/8,2001:db8::/32", "10.0.0.0/8,2001:db8::/32")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("!x", "\"!x\"")]
    [InlineData("a=b", "\"a=b\"")]
    [InlineData("\"\\$", "\"\\\"\\\\\\$\"")]
    [InlineData("é€😀", "\"\\C3\\A9\\E2\\82\\AC\\F0\\9F\\98\\80\"")]
    [InlineData("\r\n\t\0", "\"\\r\\n\\t\\00\"")]
    public void Quotes_only_what_needs_it(string text, string expected) => Assert.Equal(expected, ScriptText.Quote(text));

    [Fact]
    public void Any_text_is_read_back_as_it_was()
    {
        Gen<string> texts = ArbMap.Default.GeneratorFor<char[]>().Select(static characters => new string(characters ?? []));
        Prop.ForAll(texts.ToArbitrary(), static text =>
        {
            (ParsedScript script, IReadOnlyList<Diagnostic> diagnostics) = Parsed.Parse($"/ip address set a={ScriptText.Quote(text)} b=1");
            return diagnostics.Count == 0 && ((TextValue)script.Statements[0].Arguments[0].Value!).Text == text;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
