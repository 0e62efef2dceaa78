using Serverless.Functions.Mcp;

namespace Serverless.Functions.Tests.Mcp;

public sealed class RouteToolNameTests
{
    [Theory]
    [InlineData("gardening", "ask_gardening")]
    [InlineData("a-B_9", "ask_a-B_9")]
    public void Of_ANameThatModelsTake_IsThatName(string route, string name) => Assert.Equal(name, RouteToolName.Of(route));

    [Fact]
    public void Of_OtherNames_AreTakenByModelsAndStayApart()
    {
        string[] routes = ["a.b", "a_b", "a..b", "a.b.", new('x', 60), new('x', 61), new('x', 64), new string('x', 63) + ".", new string('x', 63) + "_"];
        var names = routes.Select(RouteToolName.Of).ToList();
        Assert.Equal(routes.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", name));
    }
}
