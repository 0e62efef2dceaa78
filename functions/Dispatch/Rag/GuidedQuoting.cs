using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Dispatch;

/// <summary>Asks the model of a rag route for quotes that cannot differ from their passages, where the route is set so.</summary>
internal static class GuidedQuoting
{
    /// <summary>The worker's parameter, which no other provider has: such a one is refused by this name.</summary>
    public const string Parameter = "guided_quotes";

    /// <exception cref="GatewayException">The caller asks for what quotes cannot be constrained in.</exception>
    public static GenerationSettings Of(RagSettings rag, GenerationSettings settings, AnswerPlan plan)
    {
        if (rag.Quoting != QuotingMode.Constrained || plan.Citations.Count == 0) return settings;
        if (settings.ResponseFormat is not null) throw Refused("response_format");
        if (settings.Extra?.ContainsKey("stop_token_ids") == true) throw Refused("stop_token_ids");
        var quotes = new GuidedQuotes([.. plan.Citations.Select(citation => citation.Text)], rag.QuoteMinLength);
        var extra = new Dictionary<string, JsonElement>(settings.Extra ?? new Dictionary<string, JsonElement>()) { [Parameter] = JsonSerializer.SerializeToElement(quotes, WireJson.Options) };
        return settings with { Extra = extra };
    }

    private static GatewayException Refused(string name) =>
        GatewayException.Invalid(name, $"'{name}' is not supported by this route, whose quotes are constrained (its setting 'quoting').", "unsupported_parameter");
}
