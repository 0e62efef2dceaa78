using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Rerank;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Dispatch;

/// <summary>Rerankings in Cohere's and Jina's shapes.</summary>
internal static class RerankAnswers
{
    /// <param name="model">The route, as the answer names it.</param>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static async Task<JsonAnswer> AnswerAsync(IRerankRoutes rerankers, JsonElement body, string model, Caller caller, CancellationToken stop)
    {
        var fields = new RequestFields(body);
        foreach (var name in (string[])["rank_fields", "max_chunks_per_doc", "max_tokens_per_doc"])
        {
            if (fields.Has(name)) throw GatewayException.Invalid(name, $"'{name}' is not supported: documents have one text, which the model cuts at its own length.", "unsupported_parameter");
        }

        var query = fields.Text("query") ?? throw GatewayException.Invalid("query", "'query' is required.", "missing_field");
        var documents = Documents(fields);
        var top = fields.Integer("top_n");
        if (top < 1) throw GatewayException.Invalid("top_n", "'top_n' must be at least 1.");
        var batch = await rerankers.RerankAsync(model, query, documents, fields.Text("user"), caller, stop).ConfigureAwait(false);
        var results = RerankResponse.Ranked(batch.Scores, top ?? documents.Count, fields.Flag("return_documents") == true ? documents : null);
        return new JsonAnswer(new RerankResponse("list", model, results, batch.PromptTokens is { } tokens ? new Usage(tokens, 0) : null));
    }

    private static List<string> Documents(RequestFields fields)
    {
        var list = fields.Array("documents") ?? throw GatewayException.Invalid("documents", "'documents' is required.", "missing_field");
        var texts = new List<string>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            try
            {
                texts.Add(item.Deserialize<RerankDocument>(WireJson.Options)?.Text ?? throw new JsonException());
            }
            catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
            {
                throw GatewayException.Invalid($"documents[{texts.Count}]", $"'documents[{texts.Count}]' must be a string or an object with 'text'.", "invalid_type");
            }
        }

        return texts;
    }
}
