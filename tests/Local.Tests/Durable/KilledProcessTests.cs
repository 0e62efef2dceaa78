using System.Globalization;
using Microsoft.DurableTask.Client;

namespace Local.Tests.Durable;

/// <summary>The same with a real process and a real kill -9.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private const int Count = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("durable-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Engine_ProcessKilledMidRun_LosesAndRepeatsNothing()
    {
        var file = Path.Combine(_folder, "durable.db");
        var ended = new HashSet<int>();
        foreach (var enough in (int[])[1, 10, 20])
        {
            using var process = DurableProcess.Start(file, Count);
            try
            {
                for (var lines = 0; lines < enough; lines++)
                {
                    var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
                    ended.Add(int.Parse(line!, CultureInfo.InvariantCulture));
                }
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }

        await using var engine = DurableProcess.Engine(file);
        await engine.StartAsync(CancellationToken.None);
        foreach (var number in ended)
        {
            Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.Client.GetInstanceAsync(DurableProcess.IdOf(number)))!.RuntimeStatus);
        }

        for (var number = 0; number < Count; number++)
        {
            await DurableProcess.BeginAsync(engine.Client, number);
            var done = await engine.Client.WaitForInstanceCompletionAsync(DurableProcess.IdOf(number), true).WaitAsync(Patience);
            Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
            Assert.Equal(DurableProcess.PlanOf(number).Expected(), done.ReadOutputAs<int>());
        }

        await CrashTests.AssertWholeAsync(engine);
    }
}
