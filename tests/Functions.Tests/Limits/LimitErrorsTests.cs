using Serverless.Functions.Limits;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Tests.Limits;

public sealed class LimitErrorsTests
{
    [Theory]
    [InlineData("client/a", LimitUnit.Calls, LimitPeriod.Hour, 5, 1, "The limit of 5 calls an hour of this client is reached: 0 calls left, up to 1 call needed. It begins anew in 1m30s.")]
    [InlineData("route/chat", LimitUnit.Calls, LimitPeriod.Day, 1, 1, "The limit of 1 call a day of route 'chat' is reached: 0 calls left, up to 1 call needed. It begins anew in 1m30s.")]
    [InlineData("client/a", LimitUnit.Calls, LimitPeriod.Day, 0, 1, "The request may take 1 call, more than the whole limit of 0 calls a day of this client.")]
    [InlineData("client/a/route/chat", LimitUnit.Tokens, LimitPeriod.Minute, 2000, 3057, "The request may take 3057 tokens, more than the whole limit of 2000 tokens a minute of this client on route 'chat'. A smaller 'max_tokens' or prompt takes less.")]
    [InlineData("mcp-server/tools", LimitUnit.Concurrency, LimitPeriod.Minute, 2, 1, "2 calls of MCP server 'tools' are under way, as many as may be; try again when one has ended.")]
    [InlineData("client/a/mcp-server/tools", LimitUnit.Concurrency, LimitPeriod.Minute, 1, 1, "1 call of this client on MCP server 'tools' is under way, as many as may be; try again when one has ended.")]
    public void Refused_SaysWhoseLimitItIsInASentence(string scope, LimitUnit unit, LimitPeriod period, long limit, long need, string sentence)
    {
        var amounts = unit == LimitUnit.Tokens ? new Amounts(1, need, 0, 1) : new Amounts(need, 0, 0, 1);
        var level = new LimitLevel(new LimitRule(unit, period, limit), 0, TimeSpan.FromSeconds(90));
        Assert.Equal(sentence, LimitErrors.Refused(scope, level, amounts).Error.Message);
    }
}
