namespace Serverless.FunctionsHost.Tests;

public sealed class HostArgumentsTests
{
    [Fact]
    public void Parse_AllGiven_TakesThem()
    {
        var app = Repository.Output("tests/FunctionsHost.TestApp");
        Assert.Equal(new HostArguments(app, 7071, "one", "/state"), HostArguments.Parse(["--app", app, "--port", "7071", "--instance", "one", "--state", "/state"]));
    }

    [Theory]
    [InlineData("--app", "--app", "/nowhere", "--port", "1")]
    [InlineData("--app is missing", "--port", "1")]
    [InlineData("--bogus", "--bogus", "1")]
    [InlineData("--port", "--app", null, "--port", "65536")]
    [InlineData("--port asks for a value", "--app", null, "--port")]
    public void Parse_Wrong_NamesTheOption(string expected, params string?[] arguments) =>
        Assert.Contains(expected, Assert.Throws<HostException>(() => HostArguments.Parse([.. arguments.Select(a => a ?? Repository.Output("tests/FunctionsHost.TestApp"))])).Message, StringComparison.Ordinal);
}
