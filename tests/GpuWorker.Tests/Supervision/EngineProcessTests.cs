using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Replicas;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>Real processes, really killed, under load: what readers get is what an engine in this process gives that nobody disturbs.</summary>
public sealed class EngineProcessTests : IDisposable
{
    private const int Streams = 64;

    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);
    private static readonly SupervisionOptions Quick = new() { FirstPause = TimeSpan.FromMilliseconds(10), MaxCrashes = 20 };

    private readonly RandomLlama _model = new(RandomLlama.Tiny() with { EosTokens = [], ContextLength = 512 }, seed: 71);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("-KILL", 1, 1)]
    [InlineData("-SEGV", 1, 1)]
    [InlineData("-KILL", 2, 2)]
    public async Task GenerateAsync_ProcessKilledUnderLoad_EveryStreamEqualsAnUndisturbedRun(string signal, int replicas, int kills)
    {
        var requests = Enumerable.Range(0, Streams).Select(Request).ToList();
        var expected = await UndisturbedAsync(requests);
        await using var engine = await StartAsync(replicas);
        var first = engine.ProcessIds;

        // A process so quick that it had answered everybody before it died has lost nothing to replay: then once more.
        do
        {
            int[][] answers = await AnswersAsync(engine, requests, signal, kills).WaitAsync(Generous);
            Assert.Equal(expected, answers);
            await WorkerUnderTest.UntilAsync(() => engine.GetStatus() is { IsReady: true } status && status.Restarts >= 1 && status.Replicas.All(r => r.IsReady), "the processes to be back");
        }
        while (engine.GetStatus().Replays == 0);

        Assert.NotEqual(first, engine.ProcessIds);
    }

    [Fact]
    public async Task DisposeAsync_KilledWhileDraining_EndsAndLeavesNoProcess()
    {
        var engine = await StartAsync(replicas: 2);
        var ids = engine.ProcessIds.OfType<int>().ToList();
        var disposal = engine.DisposeAsync();
        Signal("-KILL", ids[0]);
        await disposal.AsTask().WaitAsync(Generous);
        Assert.All(ids, id => Assert.False(IsAlive(id)));
    }

    [Fact]
    public async Task Child_HasNothingOfItsParentsAndLeavesNothingBehind()
    {
        const string Secret = "0123456789-canary-key";
        var temporary = Directory.CreateTempSubdirectory("engine-tmp-");
        var start = ChildLauncher.StartInfo(EngineCommand.Name);
        Assert.DoesNotContain(start.Environment.Keys, name => name.StartsWith("Worker__", StringComparison.OrdinalIgnoreCase));
        Environment.SetEnvironmentVariable("Worker__ApiKeys__0", Secret);
        try
        {
            Assert.DoesNotContain(ChildLauncher.StartInfo(EngineCommand.Name).Environment.Values, value => value?.Contains(Secret, StringComparison.Ordinal) == true);
        }
        finally
        {
            Environment.SetEnvironmentVariable("Worker__ApiKeys__0", null);
        }

        await using var engine = await RemoteEngine.StartAsync(Options(1), new LauncherIn(temporary.FullName), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        var id = engine.ProcessIds.OfType<int>().Single();
        Assert.DoesNotContain(_model.Folder, File.ReadAllText($"/proc/{id}/cmdline"), StringComparison.Ordinal);
        Assert.Matches(@"Max core file size\s+0\s+0", File.ReadAllText($"/proc/{id}/limits"));
        await CollectAsync(engine, Request(1), () => { }).WaitAsync(Generous);
        End(id, "-SEGV");
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus() is { IsReady: true, Restarts: 1 }, "the process to be back");
        Assert.Empty(temporary.GetFileSystemInfos());
        temporary.Delete();
    }

    /// <summary>Reads all answers at once, and ends a process whenever another 400 tokens have been read, as often as is asked for.</summary>
    private static Task<int[][]> AnswersAsync(RemoteEngine engine, IReadOnlyList<GenerationRequest> requests, string signal, int kills)
    {
        var received = 0;
        var dead = 0;
        return Task.WhenAll(requests.Select(request => CollectAsync(engine, request, () =>
        {
            if (Interlocked.Increment(ref received) == 400 * (1 + Volatile.Read(ref dead)) && Interlocked.Increment(ref dead) <= kills)
                End(engine.ProcessIds.OfType<int>().First(), signal);
        })));
    }

    private async Task<int[][]> UndisturbedAsync(IReadOnlyList<GenerationRequest> requests)
    {
        await using var engine = LlmEngine.Load(Options(1).Engine, TimeProvider.System, NullLoggerFactory.Instance);
        return await Task.WhenAll(requests.Select(request => CollectAsync(engine, request, () => { }))).WaitAsync(Generous);
    }

    private Task<RemoteEngine> StartAsync(int replicas) =>
        RemoteEngine.StartAsync(Options(replicas), new ChildLauncher(EngineCommand.Name), TimeProvider.System, NullLogger.Instance, CancellationToken.None, new Random(1));

    private RemoteEngineOptions Options(int replicas) => new()
    {
        Engine = new LlmEngineOptions { CheckpointPath = _model.Folder, ModelName = "tiny", KvCacheBlocks = 400, BlockSize = 16, Threads = 1 },
        Replicas = replicas,
        Supervision = Quick,
    };

    private static GenerationRequest Request(int i) => new()
    {
        PromptTokens = [.. Enumerable.Range(0, 4 + (i % 40)).Select(t => 3 + ((i * 13) + (t * 29)) % 98)],
        MaxTokens = 100 + (i % 20),
        Sampling = new SamplingParameters { Temperature = i % 2, Seed = (ulong)i, FrequencyPenalty = 0.5f },
        ClientId = $"client {i % 5}",
    };

    private static async Task<int[]> CollectAsync(ILlmEngine engine, GenerationRequest request, Action onToken)
    {
        var tokens = new List<int>();
        await foreach (var token in engine.GenerateAsync(request, CancellationToken.None))
        {
            tokens.Add(token.Id);
            onToken();
        }

        return [.. tokens];
    }

    /// <summary>Signals until the process is gone: .NET lets a SIGSEGV pass that comes from outside, once, to see whether it comes again, and two that wait are one.</summary>
    private static void End(int processId, string signal)
    {
        do Signal(signal, processId);
        while (IsAlive(processId));
    }

    private static void Signal(string signal, int processId)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, processId.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            return !Process.GetProcessById(processId).HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Starts children with a temporary and a working folder of their own.</summary>
    private sealed class LauncherIn(string folder) : IChildLauncher
    {
        public IChild Start()
        {
            var start = ChildLauncher.StartInfo(EngineCommand.Name);
            start.Environment["TMPDIR"] = folder;
            start.WorkingDirectory = folder;
            return new ChildProcess(start);
        }
    }
}
