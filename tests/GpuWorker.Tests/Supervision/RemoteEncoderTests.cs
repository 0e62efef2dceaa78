using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>An encoder's child that serves two tasks: whose turn it is, who fails when it dies, and when it ends.</summary>
public sealed class RemoteEncoderTests
{
    private static readonly EncoderOptions Options = new("any", 1, [EncoderTask.Embedding, EncoderTask.LateInteraction], IsBert: true);

    [Fact]
    public async Task Encode_ForEachTask_IsAnsweredByItsSession()
    {
        using var encoder = await StartAsync(new FakeLauncher(_ => FakeChild.Serving(new Sessions(_ => { }))));
        Assert.Equal(5, encoder.For(EncoderTask.Embedding).Dimensions);
        Assert.Equal(1, encoder.For(EncoderTask.LateInteraction).Dimensions);
        Assert.Equal([[7f]], encoder.For(EncoderTask.Embedding).Encode([[7]], [[1]]));
        Assert.Equal([[-7f]], encoder.For(EncoderTask.LateInteraction).Encode([[7]], [[1]]));
    }

    /// <summary>A task that was not loaded breaks the protocol, which costs the child its life and the caller its answer, and nobody else anything.</summary>
    [Fact]
    public async Task Encode_ForATaskThatWasNotLoaded_FailsAlone()
    {
        using var encoder = await StartAsync(new FakeLauncher(_ => FakeChild.Serving(new Sessions(_ => { }))));
        Assert.Throws<EngineFailedException>(() => encoder.For(EncoderTask.CrossEncoding).Encode([[1]], [[1]]));
        Assert.Equal([[7f]], encoder.For(EncoderTask.Embedding).Encode([[7]], [[1]]));
    }

    /// <summary>A text that ends the child fails after two attempts; what waited beside it for the same child is answered, and ran in no child that died.</summary>
    [Fact]
    public async Task Encode_BesideATextThatEndsTheChild_IsAnswered()
    {
        const int Poison = 13;
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var launcher = new FakeLauncher(_ => FakeChild.Serving(new Sessions(id =>
        {
            if (id != Poison) return;
            entered.Set();
            release.Wait();
        })));
        using var encoder = await StartAsync(launcher);
        var (embedding, interaction) = (encoder.For(EncoderTask.Embedding), encoder.For(EncoderTask.LateInteraction));
        var poisoned = Task.Run(() => embedding.Encode([[Poison]], [[1]]));
        entered.Wait();
        var beside = Enumerable.Range(20, 4).Select(id => Task.Run(() => interaction.Encode([[id]], [[1]]))).ToArray();
        for (var life = 0; life < 2; life++)
        {
            entered.Wait();
            entered.Reset();
            launcher.Children.Last().Kill();
        }

        release.Set();
        await Assert.ThrowsAsync<EngineFailedException>(() => poisoned);
        Assert.Equal(Enumerable.Range(20, 4).Select(id => -(float)id), (await Task.WhenAll(beside)).Select(answer => answer[0][0]));
        Assert.Equal(3, launcher.Starts);
    }

    [Fact]
    public async Task Dispose_OfOneUseOfTwo_LeavesTheChildToTheOther()
    {
        var launcher = new FakeLauncher(_ => FakeChild.Serving(new Sessions(_ => { })));
        using var encoder = await StartAsync(launcher);
        var (embedding, interaction) = (encoder.For(EncoderTask.Embedding), encoder.For(EncoderTask.LateInteraction));
        ((IDisposable)embedding).Dispose();
        ((IDisposable)embedding).Dispose();
        Assert.Equal([[-7f]], interaction.Encode([[7]], [[1]]));
        ((IDisposable)interaction).Dispose();
        Assert.True(launcher.Children.Single().Exited.IsCompleted);
    }

    private static Task<RemoteEncoder> StartAsync(IChildLauncher launcher) => RemoteEncoder.StartAsync(
        Options, new SupervisionOptions { FirstPause = TimeSpan.Zero, LongestPause = TimeSpan.Zero }, launcher, TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    /// <summary>An embedding session that gives a text's first id, and a late interaction that gives its negative.</summary>
    private sealed class Sessions(Action<int> before) : IChildServices
    {
        public IChildService Load(ChildModel model, Outbox outbox) => new EncoderService(
            new Dictionary<EncoderTask, IEncoderSession> { [EncoderTask.Embedding] = new Session(before, 1), [EncoderTask.LateInteraction] = new Session(before, -1) },
            new LoadedModel { ContextLength = 8, Dimensions = 5 },
            outbox,
            TimeProvider.System);
    }

    private sealed class Session(Action<int> before, float sign) : IEncoderSession
    {
        public int Dimensions => 1;

        public float[][] Encode(int[][] ids, int[][] marks)
        {
            before(ids[0][0]);
            return [.. ids.Select(text => new[] { sign * text[0] })];
        }
    }
}
