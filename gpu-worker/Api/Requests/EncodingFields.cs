using System.Text.Json;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>
/// Fields of others' requests to encoders (vLLM's, Hugging Face's, Jina's, Voyage's, Cohere's, NVIDIA's) that would change a vector or a score. Those that ask for what is done anyway are taken,
/// the others refused by name.
/// </summary>
internal static class EncodingFields
{
    private const string Cut = "texts that are too long are cut at the model's length, at their end";

    private static readonly string[] Embedding =
    [
        "truncate_prompt_tokens", "truncation_side", "truncation_direction", "normalize", "normalized", "output_dimension", "output_dtype", "embed_dtype", "embedding_type", "embedding_types", "precision",
        "late_chunking", "task", "prompt_name", "add_special_tokens",
    ];

    private static readonly string[] Rerank =
    [
        "rank_fields", "max_chunks_per_doc", "max_tokens_per_doc", "max_tokens_per_query", "instruction", "truncate", "truncation", "truncate_prompt_tokens", "truncation_side", "truncation_direction",
        "raw_scores", "use_activation", "activation",
    ];

    /// <summary>What <see cref="CheckEmbedding"/> looks at, kept beyond the request's body: its texts are not.</summary>
    public static Dictionary<string, JsonElement> OfEmbedding(JsonElement request) => Given(request, ["dimensions", "truncate", "truncation", .. Embedding]);

    /// <param name="given">Of <see cref="OfEmbedding"/>.</param>
    /// <param name="dimensions">The length of the model's vectors.</param>
    /// <returns>Whether texts that are too long may be cut; otherwise they are to be refused.</returns>
    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static bool CheckEmbedding(IReadOnlyDictionary<string, JsonElement> given, int dimensions)
    {
        Refuse(given, "dimensions", value => IsNumber(value, dimensions), $"but as {dimensions}: vectors have the model's own length");
        foreach (var name in Embedding) Refuse(given, name, value => IsWhatIsDone(name, value, dimensions), $"with this value: vectors are float32 of the model's own length, normalised, and {Cut}");
        return MayCut(given, "truncate") && MayCut(given, "truncation");
    }

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void CheckRerank(JsonElement request)
    {
        var given = Given(request, Rerank);
        foreach (var name in Rerank) Refuse(given, name, value => IsWhatIsDone(name, value, 0), $"with this value: a pair that is too long is cut at the model's length, documents have one text, and scores are from 0 to 1");
    }

    private static Dictionary<string, JsonElement> Given(JsonElement request, IEnumerable<string> names)
    {
        var given = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null) given[name] = value.Clone();
        }

        return given;
    }

    private static bool MayCut(IReadOnlyDictionary<string, JsonElement> given, string name)
    {
        if (!given.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.True || IsWord(value, "END")) return true;
        if (value.ValueKind == JsonValueKind.False || IsWord(value, "NONE")) return false;
        throw ApiErrors.Unsupported(name, $"{name} must be true or END, which is done unless it is said, or false or NONE, with which texts that are too long are refused.");
    }

    private static void Refuse(IReadOnlyDictionary<string, JsonElement> given, string name, Func<JsonElement, bool> isTaken, string otherwise)
    {
        if (given.TryGetValue(name, out var value) && !isTaken(value)) throw ApiErrors.Unsupported(name, $"{name} is not supported by this worker {otherwise}.");
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
