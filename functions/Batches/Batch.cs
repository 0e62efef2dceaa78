using System.Text.Json.Serialization;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Batches;

/// <summary>What a batch is, and does not change.</summary>
public sealed record Batch
{
    private static readonly IResultShape OfOpenAi = new OpenAiResults(), OfMessages = new MessagesResults();

    /// <summary>Begins with <c>batch_</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The folder of its owner's files.</summary>
    public required string Owner { get; init; }

    /// <summary>Who asks.</summary>
    public required StandingCaller Caller { get; init; }

    /// <summary>The path that all its requests go to, as it was asked for: <see cref="Dispatch.WholeAnswers.Knows"/>, or that of Anthropic's messages.</summary>
    public required string Endpoint { get; init; }

    public required string InputFileId { get; init; }

    /// <summary>Ids of the files that it will have written, if there is anything to write.</summary>
    public required string OutputFileId { get; init; }

    /// <inheritdoc cref="OutputFileId"/>
    public required string ErrorFileId { get; init; }

    /// <summary>As it was asked for: <c>24h</c>.</summary>
    public required string CompletionWindow { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What has not been asked by then is not asked.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How long what it writes is kept.</summary>
    public required TimeSpan KeepOutput { get; init; }

    /// <summary>The caller's own: up to 16 pairs.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <inheritdoc cref="Dispatch.AnswerRequest.Betas"/>
    public string? Betas { get; init; }

    /// <summary>Whether it is one of Anthropic's message batches.</summary>
    [JsonIgnore]
    public bool IsOfMessages => Endpoint == WholeAnswers.Messages;

    /// <summary>The lines that tell what came of its requests.</summary>
    [JsonIgnore]
    internal IResultShape Results => IsOfMessages ? OfMessages : OfOpenAi;
}
