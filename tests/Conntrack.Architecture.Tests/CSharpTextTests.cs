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
    public void A_body_ends_at_its_own_brace() =>
        Assert.Equal(" if (a) { b(); } ", CSharpText.BodyAfter("void F() { if (a) { b(); } } void G() { }", "void F("));
}
