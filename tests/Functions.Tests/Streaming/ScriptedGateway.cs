using System.Threading.Channels;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Prices;

namespace Serverless.Functions.Tests.Streaming;

/// <summary>A gateway whose answers a test writes.</summary>
internal sealed class ScriptedGateway : IGateway
{
    private readonly Channel<ScriptedAnswer> _answers = Channel.CreateUnbounded<ScriptedAnswer>();

    /// <summary>The next answer that was asked for.</summary>
    public async Task<ScriptedAnswer> NextAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await _answers.Reader.ReadAsync(deadline.Token);
    }

    public IAsyncEnumerable<AnswerEvent> StreamAsync(AnswerRequest request, CancellationToken cancellationToken)
    {
        var answer = new ScriptedAnswer(request);
        _answers.Writer.TryWrite(answer);
        return answer.ReadAsync(cancellationToken);
    }

    public Task<EmbeddingBatch> EmbedAsync(string route, IReadOnlyList<string> texts, EmbeddingPurpose purpose, Caller caller, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Streams embed nothing.");

    public Task<string> EmbeddingIdentityAsync(string route, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Streams embed nothing.");

    public Task<TokenPrice?> EmbeddingPriceAsync(string route, CancellationToken cancellationToken) => throw new InvalidOperationException("Streams embed nothing.");

    public Task<string> PinEmbeddingsAsync(string route, CancellationToken cancellationToken) => throw new InvalidOperationException("Streams embed nothing.");

    public Task<IReadOnlyList<int>> CountTokensAsync(string route, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Streams count nothing.");
}
