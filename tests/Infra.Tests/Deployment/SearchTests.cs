using System.Text.Json.Nodes;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

public sealed class SearchTests
{
    [Fact]
    public void SemanticRanker_WhereNothingIsAskedFor_IsLeftToAzure() => Assert.Null(Ranker(Deployments.Standard));

    [Fact]
    public void SemanticRanker_OfAPlan_HasIt() => Assert.Equal("standard", (string?)Ranker(Deployments.Tuned));

    private static JsonNode? Ranker(Snapshot plan) => plan.One("Microsoft.Search/searchServices")["properties"]!["semanticSearch"];
}
