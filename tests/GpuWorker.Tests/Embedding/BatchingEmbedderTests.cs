using System.Collections.Concurrent;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Embedding;

public sealed class BatchingEmbedderTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Embed_MixedLengths_KeepsOrderAndNormalises()
    {
        using var embedder = Create(new LengthSession(), maxBatch: 4);
        var inputs = Enumerable.Range(1, 23).Select(i => new EmbeddingInput("", new string('x', 1 + (i * 7 % 23)))).ToArray();
        var vectors = await embedder.EmbedAsync(inputs, CancellationToken.None).WaitAsync(Deadline);
        for (var i = 0; i < inputs.Length; i++)
        {
            var tokens = inputs[i].Text.Length + 1;
            Assert.Equal(tokens, vectors[i].Tokens);
            Assert.Equal(tokens, vectors[i].Values[0] / vectors[i].Values[1], 3);
            Assert.Equal(1, Math.Sqrt(vectors[i].Values.Sum(v => v * v)), 5);
        }
    }

    [Fact]
    public async Task Embed_WhileTheSessionIsBusy_BatchesWhatIsNearInLength()
    {
        using var session = new LengthSession();
        using var embedder = Create(session, maxBatch: 3);
        session.Hold();
        var first = embedder.EmbedAsync([Text(1)], CancellationToken.None);
        await session.Entered.WaitAsync(Deadline);
        var rest = new[] { 50, 10, 51, 11, 52, 12 }.Select(length => embedder.EmbedAsync([Text(length)], CancellationToken.None)).ToArray();
        session.Release();
        await Task.WhenAll([first, .. rest]).WaitAsync(Deadline);
        Assert.Equal([[2], [51, 52, 53], [11, 12, 13]], session.Batches.Select(batch => batch.Order().ToArray()));
    }

    [Fact]
    public async Task Embed_Cancelled_LeavesTheQueueAndItsNeighboursAlone()
    {
        using var session = new LengthSession();
        using var embedder = Create(session);
        using var cancellation = new CancellationTokenSource();
        session.Hold();
        var first = embedder.EmbedAsync([Text(1)], CancellationToken.None);
        await session.Entered.WaitAsync(Deadline);
        var cancelled = embedder.EmbedAsync([Text(20)], cancellation.Token);
        var neighbour = embedder.EmbedAsync([Text(21)], CancellationToken.None);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        session.Release();
        await Task.WhenAll(first, neighbour).WaitAsync(Deadline);
        Assert.Equal([[2], [22]], session.Batches.Select(batch => batch.ToArray()));
    }

    [Fact]
    public async Task Embed_QueueFull_RefusesTheWholeRequest()
    {
        using var session = new LengthSession();
        using var embedder = Create(session, queueCapacity: 3);
        session.Hold();
        var first = embedder.EmbedAsync([Text(1)], CancellationToken.None);
        await session.Entered.WaitAsync(Deadline);
        var waiting = embedder.EmbedAsync([Text(2), Text(3)], CancellationToken.None);
        await Assert.ThrowsAsync<EngineOverloadedException>(() => embedder.EmbedAsync([Text(4), Text(5)], CancellationToken.None));
        var last = embedder.EmbedAsync([Text(6)], CancellationToken.None);
        session.Release();
        await Task.WhenAll(first, waiting, last).WaitAsync(Deadline);
        Assert.Equal(4, session.Batches.Sum(batch => batch.Length));
    }

    [Fact]
    public async Task Embed_SessionFailsOnOneText_FailsThatOneAndGoesOn()
    {
        using var session = new LengthSession { FailsOn = 2 };
        using var embedder = Create(session);
        session.Hold();
        var first = embedder.EmbedAsync([Text(9)], CancellationToken.None);
        await session.Entered.WaitAsync(Deadline);
        var (good, bad) = (embedder.EmbedAsync([Text(3), Text(4)], CancellationToken.None), embedder.EmbedAsync([Text(1)], CancellationToken.None));
        session.Release();
        await Assert.ThrowsAsync<EngineFailedException>(() => bad.WaitAsync(Deadline));
        Assert.Equal(2, (await good.WaitAsync(Deadline)).Count);
        await first.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Dispose_TextsWaiting_FailsThem()
    {
        using var session = new LengthSession();
        var embedder = Create(session);
        session.Hold();
        var first = embedder.EmbedAsync([Text(1)], CancellationToken.None);
        await session.Entered.WaitAsync(Deadline);
        var waiting = embedder.EmbedAsync([Text(2)], CancellationToken.None);
        var disposal = Task.Run(embedder.Dispose);
        await Assert.ThrowsAsync<EngineFailedException>(() => waiting.WaitAsync(Deadline));
        session.Release();
        await first.WaitAsync(Deadline);
        await disposal.WaitAsync(Deadline);
        await Assert.ThrowsAsync<EngineFailedException>(() => embedder.EmbedAsync([Text(3)], CancellationToken.None));
    }

    private static EmbeddingInput Text(int length) => new("", new string('x', length));

    private static BatchingEmbedder Create(LengthSession session, int maxBatch = 32, int queueCapacity = 2048) =>
        new("lengths", input => InstructorInput.Tokenize(new CharTokenizer(hasBos: false), input, 512), session, maxBatch: maxBatch, queueCapacity: queueCapacity);

    /// <summary>Encodes a text as (its tokens, 1), not normalised; can be held in the middle of a batch.</summary>
    private sealed class LengthSession : IEncoderSession, IDisposable
    {
        private readonly ManualResetEventSlim _gate = new(initialState: true);
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Dimensions => 2;

        /// <summary>A batch with a text of so many tokens fails.</summary>
        public int FailsOn { get; set; }

        public ConcurrentQueue<int[]> Batches { get; } = new();

        public Task Entered => _entered.Task;

        public void Hold() => _gate.Reset();

        public void Release() => _gate.Set();

        public float[][] Encode(int[][] ids, int[][] poolMask)
        {
            _entered.TrySetResult();
            _gate.Wait();
            if (ids.Any(i => i.Length == FailsOn)) throw new InvalidOperationException("broken");
            Batches.Enqueue([.. ids.Select(i => i.Length)]);
            return [.. ids.Select(i => new float[] { i.Length, 1 })];
        }

        public void Dispose() => _gate.Set();
    }
}
