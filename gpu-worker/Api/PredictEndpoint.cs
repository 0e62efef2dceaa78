using System.Text.Json;
using Serverless.Contracts;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /{model}/v1/predict</c>, the wire of MosaicML's inference endpoints: <c>{inputs, parameters}</c> to <c>{outputs}</c>.</summary>
internal static class PredictEndpoint
{
    private static readonly string[] Parameters = ["max_new_tokens", "temperature", "top_p", "top_k", "seed", "stop"];

    public static async Task<IResult> HandleAsync(string model, HttpContext context, ServedModels models, GenerationContext generation)
    {
        if (!models.Names.Contains(model)) throw ApiErrors.UnknownModel([.. models.Names]);
        var request = await JsonBody.ReadAsync<PredictRequest>(context.Request, CheckParameters);
        if (request.Inputs is not { } inputs) throw ApiErrors.Invalid("inputs", "inputs must be a list.", "missing_field");
        return model == models.Llm?.Name
            ? await GenerateAsync(models.Llm, inputs, request.Parameters ?? new PredictParameters(), context, generation)
            : await EmbedAsync(models.EmbeddingNamed(model), inputs, context, generation.Metrics);
    }

    private static async Task<IResult> GenerateAsync(
        LlmModel model, IReadOnlyList<JsonElement> inputs, PredictParameters parameters, HttpContext context, GenerationContext generation)
    {
        if (inputs.Count is < 1 or > ApiLimits.Prompts) throw ApiErrors.Invalid("inputs", $"inputs must have from 1 to {ApiLimits.Prompts} prompts.");
        var texts = inputs.Select((input, i) => Prompt(input, $"inputs[{i}]")).ToArray();
        var settings = GenerationSettings.Validate(GenerationFields.From(parameters), model);
        var prompts = texts.Select(text => RawPrompt.EncodeTurns(model.Tokenizer, text)).ToArray();
        var plans = PromptPlanner.Plan(model, prompts, "inputs", settings, CallerIdentity.ClientId(context, null), generation.Time, p => !RawPrompt.AsksForAnswer(texts[p]));
        var sequences = await generation.Batch(model, plans).CollectAsync(context.RequestAborted);
        return Results.Json(new { Outputs = sequences.Select(s => s.Text) }, WireJson.Options);
    }

    private static async Task<IResult> EmbedAsync(EmbeddingModel model, IReadOnlyList<JsonElement> inputs, HttpContext context, ServingMetrics metrics)
    {
        var texts = inputs.Select((input, i) => InstructionAndText(input, i)).ToArray();
        EmbeddingInputs.Validate(model, texts, i => $"inputs[{i}]", i => $"inputs[{i}][0]", "inputs");
        var vectors = await model.Embedder.EmbedAsync(texts, context.RequestAborted);
        metrics.CountEmbedded(vectors.Count, vectors.Sum(v => v.Tokens));
        return Results.Json(new { Outputs = vectors.Select(v => v.Values) }, WireJson.Options);
    }

    private static EmbeddingInput InstructionAndText(JsonElement input, int index)
    {
        if (input.ValueKind != JsonValueKind.Array) return new EmbeddingInput("", String(input, $"inputs[{index}]"));
        if (input.GetArrayLength() != 2) throw ApiErrors.Invalid($"inputs[{index}]", $"inputs[{index}] must be a text or a pair of instruction and text.", "invalid_type");
        return new EmbeddingInput(String(input[0], $"inputs[{index}][0]"), String(input[1], $"inputs[{index}][1]"));
    }

    /// <summary>Every parameter would change the answer: none is ignored.</summary>
    private static void CheckParameters(JsonElement request)
    {
        if (!request.TryGetProperty("parameters", out var parameters) || parameters.ValueKind != JsonValueKind.Object) return;
        foreach (var field in parameters.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Null || Parameters.Contains(field.Name, StringComparer.OrdinalIgnoreCase)) continue;
            var param = field.Name.Length <= ApiLimits.NamedFieldChars ? $"parameters.{field.Name}" : "parameters";
            throw ApiErrors.Unsupported(param, $"parameters may have {string.Join(", ", Parameters)}; others are not supported by this worker.");
        }
    }

    private static string Prompt(JsonElement input, string param)
    {
        var text = String(input, param);
        return text.Length > 0 ? text : throw ApiErrors.Invalid(param, $"{param} must not be empty.");
    }

    private static string String(JsonElement input, string param)
    {
        if (input.ValueKind != JsonValueKind.String) throw ApiErrors.Invalid(param, $"{param} must be a string.", "invalid_type");
        try
        {
            return input.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiErrors.Invalid(param, $"{param} is not valid Unicode.", "invalid_unicode");
        }
    }
}
