using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>A tool's name here tells whose it is.</summary>
public sealed class McpServerNameTests
{
    [Theory]
    [InlineData("github", true)]
    [InlineData("a", true)]
    [InlineData("a-1", true)]
    [InlineData("0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789abcdef0123456789abcdef0", false)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("A", false)]
    [InlineData("a_b", false)]
    [InlineData("a.b", false)]
    [InlineData("a/b", false)]
    [InlineData("ask", false)]
    [InlineData("a\n", false)]
    public void IsValid_TakesWhatIsSaid(string name, bool isValid) => Assert.Equal(isValid, McpServerName.IsValid(name));

    [Fact]
    public void ToolOf_AnyTool_IsTakenByModelsAndTellsItsServer() =>
        Prop.ForAll(Gen.Elements("a", "a-b", "github", new string('s', 32)).ToArbitrary(), ArbMap.Default.ArbFor<string>(), (server, tool) =>
        {
            var name = McpServerName.ToolOf(server, tool ?? "");
            Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", name);
            Assert.Equal(server, McpServerName.ServerOf(name));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void ToolOf_DifferentToolsOfDifferentServers_StayApart()
    {
        string[] tools = ["a", "a_", "_a", "a__b", "a.b", "a b", new('x', 50), new('x', 51), new string('x', 50) + "."];
        string[] servers = ["a", "b", "a-b", new('s', 32)];
        Assert.Equal(tools.Length * servers.Length, servers.SelectMany(server => tools.Select(tool => McpServerName.ToolOf(server, tool))).Distinct().Count());
    }

    [Theory]
    [InlineData("search")]
    [InlineData("ask_gardener")]
    [InlineData("ask__x")]
    [InlineData("__x")]
    [InlineData("A__x")]
    public void ServerOf_AnotherName_IsNobodys(string name) => Assert.Null(McpServerName.ServerOf(name));
}
