using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Vectors by Bedrock's InvokeModel, whose bodies are each family's own: Amazon's Titan (<c>amazon.titan-embed-...</c>) and Nova (<c>amazon.nova-...-embeddings</c>), and Cohere's
/// (<c>cohere.embed-...</c>). Sources: Amazon Bedrock's user guide, "Amazon Titan Text Embeddings" and "Cohere Embed"; Amazon Nova's, "Complete embeddings request and response schema".
/// </summary>
internal static class BedrockEmbedding
{
    /// <param name="model">A model's id, or an inference profile's, which has a region before it.</param>
    /// <param name="call">One text, and for Cohere's as many as there are.</param>
    /// <exception cref="GatewayException">400: a model of another family, or dimensions that it does not have.</exception>
    public static JsonObject Of(string model, EmbeddingCall call)
    {
        var isQuery = call.Purpose == EmbeddingPurpose.Query;
        if (model.Contains("titan-embed", StringComparison.Ordinal))
        {
            var body = new JsonObject { ["inputText"] = call.Texts[0] };
            if (call.Dimensions is { } dimensions) body["dimensions"] = dimensions;
            return body;
        }

        if (model.Contains("cohere.embed", StringComparison.Ordinal))
        {
            var body = new JsonObject { ["texts"] = new JsonArray([.. call.Texts.Select(t => JsonValue.Create(t))]), ["input_type"] = isQuery ? "search_query" : "search_document", ["embedding_types"] = new JsonArray("float") };
            if (call.Dimensions is { } dimensions) body["output_dimension"] = dimensions;
            return body;
        }

        if (model.Contains("nova", StringComparison.Ordinal) && model.Contains("embed", StringComparison.Ordinal))
        {
            var asked = new JsonObject { ["embeddingPurpose"] = isQuery ? "TEXT_RETRIEVAL" : "GENERIC_INDEX" };
            if (call.Dimensions is { } dimensions) asked["embeddingDimension"] = dimensions;
            // A text that is too long is refused, not cut in silence.
            asked["text"] = new JsonObject { ["truncationMode"] = "NONE", ["value"] = call.Texts[0] };
            return new JsonObject { ["taskType"] = "SINGLE_EMBEDDING", ["singleEmbeddingParams"] = asked };
        }

        throw GatewayException.Invalid("model", "Provider 'bedrock' embeds texts by models of amazon.titan-embed, amazon.nova embeddings and cohere.embed.");
    }

    /// <exception cref="UpstreamException">Not as many vectors as texts.</exception>
    public static IReadOnlyList<float[]?> Read(JsonElement answer, int texts)
    {
        List<float[]?> vectors;
        if (answer.TryGetProperty("embedding", out var titan)) vectors = [VendorJson.Vector(titan)];
        else if (VendorJson.Object(answer, "embeddings") is { } byType) vectors = [.. VendorJson.Items(byType, "float").Select(VendorJson.Vector)];
        // Nova's are objects with a vector each; Cohere's former answers are vectors.
        else vectors = [.. VendorJson.Items(answer, "embeddings").Select(e => VendorJson.Vector(e.ValueKind == JsonValueKind.Object && e.TryGetProperty("embedding", out var vector) ? vector : e))];
        return vectors.Count == texts ? vectors : throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }
}
