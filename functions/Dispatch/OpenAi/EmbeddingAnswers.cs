using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Dispatch;

/// <summary>Embeddings in OpenAI's shapes.</summary>
internal static class EmbeddingAnswers
{
    public static async Task<JsonAnswer> AnswerAsync(Gateway gateway, JsonElement body, string model, Caller caller, CancellationToken stop)
    {
        var fields = new RequestFields(body);
        var dimensions = fields.Integer("dimensions");
        if (dimensions is < 1) throw GatewayException.Invalid("dimensions", "'dimensions' must be at least 1.");
        var isBase64 = fields.Text("encoding_format") switch
        {
            null or "float" => false,
            "base64" => true,
            _ => throw GatewayException.Invalid("encoding_format", "'encoding_format' must be float or base64."),
        };
        var (purpose, words) = fields.Text("instruction") switch
        {
            null or "document" => (EmbeddingPurpose.Document, (string?)null),
            "query" => (EmbeddingPurpose.Query, null),
            var own => (EmbeddingPurpose.Document, own),
        };

        var ids = TokenInput.Read(fields, "input");
        var texts = ids is null ? fields.Texts("input") ?? [] : [];
        if (ids is null) AnswerChecks.Texts(texts, "input", isList: fields.Element("input") is not { ValueKind: JsonValueKind.String });
        var ask = new EmbeddingAsk(model, texts, purpose) { Instruction = words, User = fields.Text("user"), Dimensions = dimensions, Tokens = ids };
        var batch = await gateway.EmbedAsync(ask, caller, stop).ConfigureAwait(false);
        var usage = batch.PromptTokens is { } tokens ? new Usage(tokens, 0) : null;
        if (!isBase64) return new JsonAnswer(new EmbeddingResponse("list", [.. batch.Vectors.Select((v, i) => new EmbeddingData("embedding", i, v.ToArray()))], model, usage));

        var data = new JsonArray([.. batch.Vectors.Select((v, i) => new JsonObject { ["object"] = "embedding", ["index"] = i, ["embedding"] = ToBase64(v.Span) })]);
        return new JsonAnswer(new { Object = "list", data, model, usage });
    }

    private static string ToBase64(ReadOnlySpan<float> vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return Convert.ToBase64String(bytes);
    }
}
