namespace Serverless.Contracts.OpenAI;

/// <summary>The body of <c>POST /v1/embeddings</c>.</summary>
public sealed record EmbeddingRequest
{
    public string? Model { get; init; }

    public StringOrList? Input { get; init; }

    /// <summary>What the text stands for, in Instructor's way ("Represent the document for retrieval: "); embedded with the text, not pooled. An extension of ours.</summary>
    public string? Instruction { get; init; }

    /// <summary>What the texts are (<see cref="EmbeddingInputType"/>), for models that embed questions and passages differently; <see cref="Instruction"/> goes before it.</summary>
    public string? InputType { get; init; }

    /// <summary><c>float</c> (the default) or <c>base64</c> (little-endian float32).</summary>
    public string? EncodingFormat { get; init; }

    public string? User { get; init; }
}
