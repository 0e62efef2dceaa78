using System.Runtime.InteropServices;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /v1/embeddings</c>.</summary>
internal static class EmbeddingsEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, ServedModels models, ServingMetrics metrics)
    {
        IReadOnlyDictionary<string, JsonElement> fields = new Dictionary<string, JsonElement>();
        var request = await JsonBody.ReadAsync<EmbeddingRequest>(context.Request, body => fields = EncodingFields.OfEmbedding(body));
        var model = models.EmbeddingNamed(request.Model);
        var mayCut = EncodingFields.CheckEmbedding(fields, model.Embedder.Dimensions);
        if (request.EncodingFormat is not (null or "float" or "base64")) throw ApiErrors.Invalid("encoding_format", "encoding_format must be float or base64.");
        if (request.Input is null) throw ApiErrors.Invalid("input", "input must be a string or a list of strings.", "missing_field");
        var instruction = request.Instruction ?? Prompt(model, request.InputType);
        var inputs = request.Input.Values.Select(text => new EmbeddingInput(instruction, text)).ToArray();
        EmbeddingInputs.Validate(model, inputs, i => request.Input.IsSingle ? "input" : $"input[{i}]", _ => "instruction", "input");
        if (!mayCut) EmbeddingInputs.RequireWhole(model, inputs, i => request.Input.IsSingle ? "input" : $"input[{i}]");

        var vectors = await model.Embedder.EmbedAsync(inputs, context.RequestAborted);
        var tokens = vectors.Sum(v => v.Tokens);
        metrics.CountEmbedded(vectors.Count, tokens);
        var usage = new Usage(tokens, 0);
        if (request.EncodingFormat == "base64")
        {
            var encoded = vectors.Select((v, i) => new { Object = "embedding", Index = i, Embedding = Base64(v.Values) });
            return Results.Json(new { Object = "list", Data = encoded, Model = model.Name, Usage = usage }, WireJson.Options);
        }

        var data = vectors.Select((v, i) => new EmbeddingData("embedding", i, v.Values)).ToArray();
        return Results.Json(new EmbeddingResponse("list", data, model.Name, usage), WireJson.Options);
    }

    private static string Prompt(EmbeddingModel model, string? inputType)
    {
        if (inputType is null) return "";
        var isQuery = EmbeddingInputType.IsQuery(inputType) ?? throw ApiErrors.Invalid("input_type", $"input_type must be {EmbeddingInputType.Permitted}.");
        return isQuery ? model.QueryPrompt : model.DocumentPrompt;
    }

    private static string Base64(float[] values)
    {
        if (BitConverter.IsLittleEndian) return Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++) BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(float)), BitConverter.SingleToUInt32Bits(values[i]));
        return Convert.ToBase64String(bytes);
    }
}
