using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts;
using Serverless.Functions.Limits.Ledger;

namespace Serverless.Functions.Tests.Limits;

public sealed class UsageLinesTests
{
    [Fact]
    public void Batches_OfAnyRecords_HoldEachOnceInOrderByDayAndBounded() =>
        Prop.ForAll(Gen.Choose(0, 5000).ToArbitrary(), Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (count, seed) =>
        {
            var random = new Random(seed);
            var time = new DateTimeOffset(2026, 3, 1, 23, 0, 0, TimeSpan.Zero);
            var records = new List<UsageRecord>();
            var lines = new UsageLines();
            for (var i = 0; i < count; i++)
            {
                time += TimeSpan.FromSeconds(random.Next(3));
                var record = new UsageRecord { Time = time, RequestId = $"é{i}", Route = "r", Version = 1, Client = "c", Provider = "p", Model = new string('m', random.Next(200)), Kind = "chat", PromptTokens = i, CostUsd = i % 3 == 0 ? i / 7m : null, Status = "ok" };
                records.Add(record);
                lines.Add(UsageLines.Write(record), time);
            }

            Assert.Equal(count, lines.Count);
            var read = new List<string>();
            while (lines.Take() is { } batch)
            {
                Assert.InRange(batch.Count, 1, UsageLines.MaxRecords);
                using var reader = new StreamReader(batch.Open());
                var its = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Assert.Equal(batch.Count, its.Length);
                Assert.All(its, line => Assert.Equal(batch.Day, JsonSerializer.Deserialize<UsageRecord>(line, WireJson.Options)!.Time.ToString("yyyy/MM/dd", System.Globalization.CultureInfo.InvariantCulture)));
                read.AddRange(its);
                batch.Dispose();
            }

            Assert.Equal(0, lines.Count);
            Assert.Equal(records.Select(r => JsonSerializer.Serialize(r, WireJson.Options)), read);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));
}
