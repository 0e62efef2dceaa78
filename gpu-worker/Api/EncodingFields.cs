using System.Text.Json;

namespace Serverless.GpuWorker.Api;

/// <summary>
/// Fields of others' requests to encoders (vLLM's, Hugging Face's, Jina's, Voyage's, Cohere's, NVIDIA's) that would change a vector or a score. Those that ask for what is done anyway are taken,
/// the others refused by name.
/// </summary>
internal static class EncodingFields
{
    private const string Cut = "texts that are too long are cut at the model's length, at their end";

    private static readonly string[] OfEmbeddings =
    [
        "truncate_prompt_tokens", "truncation_side", "truncation_direction", "normalize", "normalized", "output_dimension", "output_dtype", "embed_dtype", "embedding_type", "embedding_types", "precision",
        "late_chunking", "task", "prompt_name", "add_special_tokens",
    ];

    private static readonly string[] OfRerank =
    [
        "rank_fields", "max_chunks_per_doc", "max_tokens_per_doc", "max_tokens_per_query", "instruction", "truncate", "truncation", "truncate_prompt_tokens", "truncation_side", "truncation_direction",
        "raw_scores", "use_activation", "activation",
    ];

    /// <param name="dimensions">The length of the model's vectors.</param>
    /// <returns>Whether texts that are too long may be cut; otherwise they are to be refused.</returns>
    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static bool CheckEmbedding(JsonElement request, int dimensions)
    {
        Refuse(request, "dimensions", value => IsNumber(value, dimensions), $"but as {dimensions}: vectors have the model's own length");
        foreach (var name in OfEmbeddings) Refuse(request, name, value => IsWhatIsDone(name, value, dimensions), $"with this value: vectors are float32 of the model's own length, normalised, and {Cut}");
        return MayCut(request, "truncate") && MayCut(request, "truncation");
    }

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void CheckRerank(JsonElement request)
    {
        foreach (var name in OfRerank) Refuse(request, name, value => IsWhatIsDone(name, value, 0), $"with this value: a pair that is too long is cut at the model's length, documents have one text, and scores are from 0 to 1");
    }

    private static bool MayCut(JsonElement request, string name)
    {
        if (!request.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.True || IsWord(value, "END")) return true;
        if (value.ValueKind == JsonValueKind.False || IsWord(value, "NONE")) return false;
        throw ApiErrors.Unsupported(name, $"{name} must be true or END, which is done unless it is said, or false or NONE, with which texts that are too long are refused.");
    }

    private static void Refuse(JsonElement request, string name, Func<JsonElement, bool> isTaken, string otherwise)
    {
        if (request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null && !isTaken(value)) throw ApiErrors.Unsupported(name, $"{name} is not supported by this worker {otherwise}.");
    }

    private static bool IsWhatIsDone(string name, JsonElement value, int dimensions) => name switch
    {
        "truncate_prompt_tokens" => IsNumber(value, -1),
        "truncation_side" or "truncation_direction" => IsWord(value, "right"),
        "normalize" or "normalized" or "add_special_tokens" or "use_activation" or "activation" or "truncation" => value.ValueKind == JsonValueKind.True,
        "truncate" => value.ValueKind == JsonValueKind.True || IsWord(value, "END"),
        "late_chunking" or "raw_scores" => value.ValueKind == JsonValueKind.False,
        "output_dimension" => IsNumber(value, dimensions),
        "output_dtype" or "embed_dtype" or "embedding_type" or "precision" => IsFloat(value),
        "embedding_types" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(IsFloat),
        _ => false,
    };

    private static bool IsFloat(JsonElement value) => IsWord(value, "float") || IsWord(value, "float32");

    private static bool IsWord(JsonElement value, string word) => value.ValueKind == JsonValueKind.String && string.Equals(value.GetString(), word, StringComparison.OrdinalIgnoreCase);

    private static bool IsNumber(JsonElement value, int number) => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var given) && given == number;
}
