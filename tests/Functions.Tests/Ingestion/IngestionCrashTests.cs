using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>The host is killed before or after every activity in turn: nothing twice, nothing lost.</summary>
public abstract class IngestionCrashTests(AzureServices azure, bool isWhole) : IAsyncLifetime
{
    private const string First = "# A\n\nOne stays here.\n\n# B\n\nTwo will go away.\n\n# C\n\nThree will go too.\n";
    private const string Second = "# A\n\nOne stays here.\n\n# D\n\nFour has come new.\n\n# E\n\nFive as well.\n\n# F\n\nAnd six.\n";

    private readonly IngestionHarness _app = new(azure, isWhole: isWhole);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AtEveryActivity_EndsTheSame(bool afterRunning)
    {
        for (var at = 0; ; at++)
        {
            var path = $"{at}-{afterRunning}.md";
            await _app.IngestAsync(path, First);
            await _app.SendAsync(await _app.PutBlobAsync(path, Second));
            var killed = await RunWithKillAsync(at, afterRunning);

            Assert.Equal(
                ["One stays here.", "Four has come new.", "Five as well.", "And six."],
                (await _app.IndexedAsync()).Where(chunk => chunk.Document == path).Select(chunk => chunk.Text));
            Assert.Equal((DocumentState.Ready, 4), ((await _app.StatusAsync(path))!.State, (await _app.StatusAsync(path))!.Chunks));
            Assert.Empty(await _app.IntermediateBlobsAsync(path));
            if (!killed) break;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AtEveryActivityOfARemoval_LeavesNothing(bool afterRunning)
    {
        for (var at = 0; ; at++)
        {
            var path = $"{at}-{afterRunning}.md";
            await _app.IngestAsync(path, First);
            await _app.SendAsync(await _app.DeleteBlobAsync(path));
            var killed = await RunWithKillAsync(at, afterRunning);
            Assert.Empty(await _app.IndexedAsync());
            Assert.Null(await _app.StatusAsync(path));
            if (!killed) break;
        }
    }

    /// <summary>A killed host's activity is run once more elsewhere, even when its orchestration has ended: nobody is left to go on with what it begins.</summary>
    [Fact]
    public async Task Kill_OfABeginningThatRunsAgainAfterTheEnd_LeavesTheDocumentReady()
    {
        await _app.IngestAsync("a.md", First);
        for (var at = 0; ; at++)
        {
            var (seen, killed) = (0, false);
            _app.Transport.Watch = (_, ran) =>
            {
                if (ran || seen++ < at) return;
                killed = true;
                throw new HostKilledException();
            };
            var beginning = _app.Get<BeginStep>().RunAsync(_app.Name("a.md"), turn: null, default);
            await beginning.ContinueWith(_ => { }, TaskScheduler.Default);
            _app.Transport.Watch = null;
            Assert.Equal((DocumentState.Ready, 3), ((await _app.StatusAsync("a.md"))!.State, (await _app.StatusAsync("a.md"))!.Chunks));
            if (killed) continue;
            Assert.Equal(PassKind.Nothing, (await beginning).Kind);
            break;
        }
    }

    private async Task<bool> RunWithKillAsync(int at, bool afterRunning)
    {
        var seen = 0;
        var killed = false;
        _app.Durable.Crash = (_, ran) =>
        {
            if (ran != afterRunning || seen++ != at) return;
            killed = true;
            throw new HostKilledException();
        };
        try
        {
            await _app.Durable.RunAsync();
        }
        catch (HostKilledException)
        {
            await _app.Durable.RunAsync();
        }

        _app.Durable.Crash = (_, _) => { };
        return killed;
    }
}
