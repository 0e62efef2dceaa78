namespace Serverless.Contracts.OpenAI;

/// <summary>The words of <c>input_type</c>: ours, which are Voyage's too, and those of Cohere's and NVIDIA's embeddings.</summary>
public static class EmbeddingInputType
{
    public const string Query = "query";
    public const string Document = "document";

    public const string Permitted = "query (or search_query) or document (or passage, search_document)";

    /// <summary>Whether the texts ask; false when they are asked for; null for another word.</summary>
    public static bool? IsQuery(string inputType) => inputType switch
    {
        Query or "search_query" => true,
        Document or "passage" or "search_document" => false,
        _ => null,
    };
}
