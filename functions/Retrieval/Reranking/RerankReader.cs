using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Retrieval.Reranking;

/// <summary>Reads a <c>rerank</c> block.</summary>
internal static class RerankReader
{
    /// <exception cref="Dispatch.GatewayException">400 naming the field.</exception>
    public static RerankSettings? Read(JsonFields? fields)
    {
        if (fields is null) return null;
        var absent = new RerankSettings(string.Empty);
        var settings = new RerankSettings(
            RouteName.Parse(fields.RequiredString("route", 80), fields.PathOf("route")).ToString(),
            fields.Integer("candidates", 1, 50, absent.Candidates),
            (double?)fields.Decimal("floor", 0, 1));
        fields.RejectUnknown();
        return settings;
    }
}
