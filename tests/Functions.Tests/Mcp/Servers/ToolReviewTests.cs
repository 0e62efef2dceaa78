using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>What is offered of a server's tools.</summary>
public sealed class ToolReviewTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_AServerThatDoesNotAnswer_IsWhatWasApproved()
    {
        var server = Server() with { Approved = [Approved("a", 1), Approved("b", 1)], DeniedTools = ["b"] };
        Assert.Equal(["s__a: Approved", "s__b: Denied"], ToolReview.Of(server, null).Select(tool => tool.ToString()));
    }

    [Fact]
    public void Of_TwoToolsOfOneName_IsTheFirst()
    {
        var server = Server() with { Approved = [Approved("a", 1)] };
        Assert.Equal(ToolState.Approved, Assert.Single(ToolReview.Of(server, [Tool("a", 1), Tool("a", 2)])).State);
        Assert.Equal(ToolState.Changed, Assert.Single(ToolReview.Of(server, [Tool("a", 2), Tool("a", 1)])).State);
    }

    [Theory]
    [InlineData("a", null, null, true)]
    [InlineData("a", "a", null, true)]
    [InlineData("ab", "a", null, false)]
    [InlineData("ab", "a*", null, true)]
    [InlineData("ab", "a*", "ab", false)]
    [InlineData("ab", "*", "a*", false)]
    [InlineData("ab", null, "b*", true)]
    public void Filter_ReadsNamesAndBeginnings(string tool, string? allowed, string? denied, bool permits) =>
        Assert.Equal(permits, ToolFilter.Permits(tool, allowed is null ? null : [allowed], denied is null ? null : [denied]));

    /// <summary>Pinned, nothing is offered but what is as it was approved, whatever the server says; and after approval of everything, all that can be is.</summary>
    [Fact]
    public void Of_AnyTools_OffersWhatIsAsItWasApproved() =>
        Prop.ForAll(Definitions().ToArbitrary(), Definitions().ToArbitrary(), Gen.Elements<string[]?>(null, ["a", "b"], []).ToArbitrary(), (before, now, denied) =>
        {
            var server = Server() with { DeniedTools = denied, Approved = [.. before.DistinctBy(tool => tool.Name).Select(tool => new ApprovedTool(tool.Json, tool.Hash, Now))] };
            foreach (var tool in ToolReview.Of(server, now).Where(tool => tool.IsOffered))
            {
                Assert.Contains(server.Approved, approved => approved.Hash == tool.Definition.Hash);
                Assert.Contains(now, current => current.Hash == tool.Definition.Hash);
                Assert.DoesNotContain(tool.Definition.Name, denied ?? []);
            }

            var approved = ToolApproval.Apply(server, McpApprovalRequest.Everything, now, Now);
            Assert.All(ToolReview.Of(approved, now), tool => Assert.True(tool.State is ToolState.Approved or ToolState.Denied or ToolState.HiddenCharacters, tool.ToString()));
            Assert.Equal(ToolReview.Of(server with { Approval = McpApproval.None }, now).Where(tool => tool.IsOffered).Select(tool => tool.ExposedName), ToolReview.Of(approved, now).Where(tool => tool.IsOffered).Select(tool => tool.ExposedName));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Apply_KeepsWhenSomethingWasApprovedFirst()
    {
        var server = Server() with { Approved = [Approved("a", 1), Approved("b", 1)] };
        var later = Now.AddDays(1);
        var after = ToolApproval.Apply(server, McpApprovalRequest.Everything, [Tool("a", 1), Tool("b", 2)], later);
        Assert.Equal([Now, later], after.Approved.Select(tool => tool.At));
    }

    [Fact]
    public void Apply_MoreThanADocumentMayHold_IsRefused()
    {
        var many = Enumerable.Range(0, 20).Select(i => ToolDefinition.Of(JsonElement.Parse($$"""{"name":"t{{i}}","description":"{{new string('x', 60_000)}}"}"""))).ToList();
        Assert.Equal("too_many_tools", Assert.Throws<Serverless.Functions.Dispatch.GatewayException>(() => ToolApproval.Apply(Server(), McpApprovalRequest.Everything, many, Now)).Error.Code);
    }

    private static McpServerDocument Server() => new() { Name = "s", Url = "https://a.example.com/mcp" };

    private static ToolDefinition Tool(string name, int version, string hidden = "") => ToolDefinition.Of(JsonSerializer.SerializeToElement(new { name, description = $"Version {version}.{hidden}", inputSchema = new { type = "object" } }));

    private static ApprovedTool Approved(string name, int version)
    {
        var tool = Tool(name, version);
        return new ApprovedTool(tool.Json, tool.Hash, Now);
    }

    private static Gen<List<ToolDefinition>> Definitions() =>
        Gen.Elements("a", "b", "c").Zip(Gen.Choose(1, 2)).Zip(Gen.Elements("", "", "", "", "\u200b")).Select(drawn => Tool(drawn.Item1.Item1, drawn.Item1.Item2, drawn.Item2)).ListOf().Select(tools => tools.ToList());
}
