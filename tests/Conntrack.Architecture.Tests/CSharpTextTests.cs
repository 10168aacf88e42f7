namespace Conntrack.Architecture.Tests;

public class CSharpTextTests
{
    [Theory]
    [InlineData("a // unsafe\nb", "a  \nb")]
    [InlineData("a /* unsafe\n*/ b", "a  \n b")]
    [InlineData("x = \"unsafe \\\" unsafe\" + y", "x = \"\" + y")]
    [InlineData("x = @\"unsafe \"\" \\\" + y", "x = @\"\" + y")]
    [InlineData("x = '\"' + unsafe", "x = \"\" + unsafe")]
    [InlineData("x = \"\"\"unsafe \" \"\" \"\"\" + y", "x = \"\" + y")]
    public void Only_code_is_left(string source, string code) => Assert.Equal(code, CSharpText.Strip(source));

    [Fact]
    public void A_body_is_the_declarations_and_ends_at_its_own_brace() =>
        Assert.Equal(" if (a) { b(); } ", CSharpText.BodyOf("void E() { F(1); } void F(int a) { if (a) { b(); } } void G() { }", "F"));

    [Fact]
    public void A_call_has_no_body() => Assert.Null(CSharpText.BodyOf("void E() { F(1); }", "F"));
}
