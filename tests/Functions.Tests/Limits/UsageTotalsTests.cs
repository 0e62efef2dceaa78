using Serverless.Functions.Limits.Ledger;

namespace Serverless.Functions.Tests.Limits;

public sealed class UsageTotalsTests
{
    [Theory]
    [InlineData("ok", 1, 0)]
    [InlineData("cached", 1, 0)]
    [InlineData("cancelled", 1, 0)]
    [InlineData("failed", 1, 1)]
    [InlineData("refused", 1, 1)]
    [InlineData("hedged", 0, 0)]
    public void Add_ByStatus_CountsCallsAndWhatFailedOfThem(string status, long calls, long failed)
    {
        var totals = new UsageTotals([]);
        totals.Add(new UsageRecord { Time = DateTimeOffset.UnixEpoch, RequestId = "1", Route = "chat", Version = 1, Client = "a", Provider = "p", Model = "m", Kind = "chat", Status = status, CompletionTokens = 3 });
        Assert.Equal((calls, failed, 3L), (totals.Calls, totals.Failed, totals.CompletionTokens));
    }
}
