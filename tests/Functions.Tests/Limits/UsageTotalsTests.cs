using Serverless.Functions.Limits.Ledger;

namespace Serverless.Functions.Tests.Limits;

public sealed class UsageTotalsTests
{
    [Theory]
    [InlineData("ok", 1, 0, 0)]
    [InlineData("cached", 1, 0, 0)]
    [InlineData("cancelled", 1, 0, 1)]
    [InlineData("failed", 1, 1, 0)]
    [InlineData("refused", 1, 1, 0)]
    [InlineData("hedged", 0, 0, 0)]
    public void Add_ByStatus_CountsCallsAndWhatFailedOrWasLeftOfThem(string status, long calls, long failed, long cancelled)
    {
        var totals = new UsageTotals([]);
        totals.Add(new UsageRecord { Time = DateTimeOffset.UnixEpoch, RequestId = "1", Route = "chat", Version = 1, Client = "a", Provider = "p", Model = "m", Kind = "chat", Status = status, CompletionTokens = 3 });
        Assert.Equal((calls, failed, cancelled, 3L), (totals.Calls, totals.Failed, totals.Cancelled, totals.CompletionTokens));
    }
}
