using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class IndexNameTests
{
    [Theory]
    [InlineData("instructor-xl", "chunks-instructor-xl")]
    [InlineData("e5", "chunks-e5")]
    public void Name_PlainRoute_IsReadable(string route, string expected) => Assert.Equal(expected, IndexName.For(route));

    [Fact]
    public void Name_RoutesThatDifferOnlyInCaseOrMarks_Differ() =>
        Assert.Equal(7, new[] { "a-b", "A-b", "a_b", "a.b", "a--b", "a-b-", "-a-b" }.Select(IndexName.For).Distinct().Count());

    [Fact]
    public void Name_AnyRoute_IsPermitted() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>().Filter(route => !string.IsNullOrWhiteSpace(route)),
        route => Regex.IsMatch(IndexName.For(route), "^[a-z0-9](-?[a-z0-9])*$") && IndexName.For(route).Length <= 128).QuickCheckThrowOnFailure();
}
