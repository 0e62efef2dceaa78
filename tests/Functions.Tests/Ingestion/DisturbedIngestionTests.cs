using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>
/// Random lives of three documents under random disturbances: the host dies before or after any request of any activity, events come twice, late and in any order,
/// the embeddings route refuses. What the index holds in the end equals, item by item, what it holds when the last contents are dropped and nothing happens.
/// </summary>
[Collection(AzureCollection.Name)]
public sealed class DisturbedIngestionTests(AzureServices azure)
{
    private static readonly string[] Paths = ["a.md", "b.md", "c.md"];

    private static readonly string[] Contents =
    [
        "# A\n\nOne stays here.\n\n# B\n\nTwo will go away.\n\n# C\n\nThree will go too.\n",
        "# A\n\nOne stays here.\n\n# D\n\nFour has come new.\n\n# E\n\nFive as well.\n\n# F\n\nAnd six.\n",
        "# G\n\nNothing of this was here before.\n",
        "# A\n\nOne stays here.\n\n# A\n\nOne stays here.\n\n# A\n\nOne stays here.\n",
        string.Concat(Enumerable.Range(0, 9).Select(i => $"# S{i}\n\nThis is section {i} of them.\n\n")),
        "unreadable\0",
    ];

    [Theory]
    [InlineData(1, true, false)]
    [InlineData(2, true, false)]
    [InlineData(3, true, false)]
    [InlineData(4, false, false)]
    [InlineData(5, false, false)]
    [InlineData(6, false, false)]
    [InlineData(7, true, true)]
    [InlineData(8, true, true)]
    [InlineData(9, true, true)]
    [InlineData(10, true, true)]
    [InlineData(11, false, true)]
    [InlineData(12, false, true)]
    public async Task Disturbed_EndsAsUndisturbed(int seed, bool isWhole, bool together)
    {
        await using var app = new IngestionHarness(azure, isWhole: isWhole);
        var life = new Life(app, new Random(seed), together);
        await life.RunAsync();
        Assert.True(life.Kills > 0, $"The host was killed {life.Kills} times only.");
        await using var calm = new IngestionHarness(azure, isWhole: isWhole);
        foreach (var path in Paths)
        {
            var blob = app.Documents.GetBlobClient($"{app.Collection}/{path}");
            if (!await blob.ExistsAsync()) continue;
            await calm.SendAsync(await calm.PutBlobAsync(path, (await blob.DownloadContentAsync()).Value.Content));
            await calm.Durable.RunAsync();
        }

        Assert.Equal(await calm.IndexedAsync(), await app.IndexedAsync());
        foreach (var path in Paths)
        {
            var (expected, actual) = (await calm.StatusAsync(path), await app.StatusAsync(path));
            Assert.Equal((expected?.State, expected?.Chunks, expected?.Error), (actual?.State, actual?.Chunks, actual?.Error));
            Assert.Equal(await TextAsync(calm, path), await TextAsync(app, path));
            Assert.Empty(await app.IntermediateBlobsAsync(path));
        }
    }

    private static Task<string?> TextAsync(IngestionHarness app, string path) => app.Get<DocumentBlobs>().FindTextAsync(app.Name(path), default);

    private sealed class Life(IngestionHarness app, Random random, bool together)
    {
        private readonly List<string> _events = [];
        private readonly HashSet<string> _present = [];
        private int _until = int.MaxValue;

        public int Kills { get; private set; }

        public async Task RunAsync()
        {
            app.Transport.Watch = (_, _) => Live();
            for (var step = 0; step < 10; step++)
            {
                await ChangeAsync();
                if (random.Next(3) > 0) await DeliverAsync(random.Next(_events.Count), keep: random.Next(4) == 0);
                if (random.Next(4) == 0) app.Get<RecentVectors>().Put("none", new float[4 * 1024 * 1024 + 1]);
            }

            while (_events.Count > 0) await DeliverAsync(random.Next(_events.Count), keep: random.Next(8) == 0);
            app.Transport.Watch = null;
        }

        private async Task ChangeAsync()
        {
            var path = Paths[random.Next(Paths.Length)];
            if (_present.Contains(path) && random.Next(4) == 0)
            {
                _present.Remove(path);
                _events.Add(await app.DeleteBlobAsync(path));
                return;
            }

            _present.Add(path);
            _events.Add(await app.PutBlobAsync(path, Contents[random.Next(Contents.Length)]));
        }

        // An event whose function died comes again, as the queue has it.
        private async Task DeliverAsync(int which, bool keep)
        {
            var message = _events[which];
            if (!keep) _events.RemoveAt(which);
            if (together)
            {
                var others = _events.Where(_ => random.Next(2) == 0).ToList();
                foreach (var other in others.Where(_ => random.Next(4) > 0)) _events.Remove(other);
                message = $"[{string.Join(',', [message, .. others])}]";
            }

            if (random.Next(4) == 0) app.Gateway.FailNextEmbeddings(1, () => new GatewayException(429, new("rate_limited", "Too fast.", "rate_limit_error")));
            Arm();
            while (true)
            {
                try
                {
                    await app.SendAsync(message);
                    break;
                }
                catch (HostKilledException)
                {
                    Arm();
                }
            }

            while (true)
            {
                try
                {
                    await app.Durable.RunAsync();
                    break;
                }
                catch (HostKilledException)
                {
                    Arm();
                }
            }

            Disarm();
        }

        // Dies at one of the next requests, or not at all.
        private void Arm()
        {
            app.Durable.IsKilled = false;
            _until = random.Next(3) == 0 ? int.MaxValue : random.Next(60);
        }

        private void Disarm() => _until = int.MaxValue;

        private void Live()
        {
            if (_until == int.MaxValue || --_until > 0) return;

            // A dead host sends nothing more.
            _until = 0;
            if (!app.Durable.IsKilled) Kills++;
            app.Durable.IsKilled = true;
            throw new HostKilledException();
        }
    }
}
