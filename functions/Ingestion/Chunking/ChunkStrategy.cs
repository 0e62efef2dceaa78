using System.Text.Json.Serialization;

namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>What a chunk is made of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChunkStrategy>))]
public enum ChunkStrategy
{
    /// <summary>Sentences up to the size; paragraphs, tables and code stay whole where they fit.</summary>
    [JsonStringEnumMemberName("sentences")]
    Sentences,

    /// <summary>A paragraph, table or stretch of code each; only those that are too long are cut.</summary>
    [JsonStringEnumMemberName("paragraphs")]
    Paragraphs,

    /// <summary>Sentences up to the size, wherever paragraphs end.</summary>
    [JsonStringEnumMemberName("fixed")]
    Fixed,
}
