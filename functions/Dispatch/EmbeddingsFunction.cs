using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's embeddings, <c>model</c> naming an embeddings route; with <c>instruction</c>, an extension of ours, in place of the route's instruction for documents.</summary>
public sealed class EmbeddingsFunction(Gateway gateway)
{
    [Function("Embeddings")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/embeddings")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        if (body.TryGetProperty("dimensions", out var dimensions) && dimensions.ValueKind != System.Text.Json.JsonValueKind.Null)
            throw GatewayException.Invalid("dimensions", "'dimensions' is not supported: a route's model has one size.", "unsupported_parameter");
        var embedding = RequestBody.Bind<EmbeddingRequest>(body);
        var model = OpenAiRequests.Model(embedding.Model);
        var isBase64 = embedding.EncodingFormat switch
        {
            null or "float" => false,
            "base64" => true,
            _ => throw GatewayException.Invalid("encoding_format", "'encoding_format' must be float or base64."),
        };

        var batch = await gateway.EmbedAsync(model, embedding.Input?.Values ?? [], embedding.Instruction, caller, stop).ConfigureAwait(false);
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
