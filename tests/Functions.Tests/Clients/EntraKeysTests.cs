using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts.Tests;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Clients;

/// <summary>A tenant's keys while its tokens come and its metadata do not answer.</summary>
public sealed class EntraKeysTests : IDisposable
{
    private readonly FakeTenant _tenant = new();
    private readonly ManualTime _time = new();
    private readonly EntraKeys _keys;

    public EntraKeysTests() => _keys = new EntraKeys(new EntraOptions { TenantId = FakeTenant.Id, Audiences = [FakeTenant.Audience] }, _tenant, _time, NullLogger<EntraKeys>.Instance);

    public void Dispose() => _tenant.Dispose();

    /// <summary>Whoever comes while the new keys are being read waits for them, and is not refused because somebody else has asked for them.</summary>
    [Fact]
    public async Task Newer_AskedForByMany_IsReadOnceForAll()
    {
        var old = await _keys.GetAsync(default);
        var gate = new TaskCompletionSource();
        (_tenant.Gate, var many) = (gate.Task, Enumerable.Range(0, 50).Select(_ => _keys.NewerAsync(old, default).AsTask()).ToArray());
        Assert.DoesNotContain(many, m => m.IsCompleted);
        // Those whose key is known do not wait.
        Assert.Same(old, await _keys.GetAsync(default));
        gate.SetResult();
        var found = await Task.WhenAll(many);
        Assert.NotSame(old, found[0]);
        Assert.All(found, f => Assert.Same(found[0], f));
        Assert.Equal(2, _tenant.Reads);
        // Who still holds the old ones gets the new ones, and made-up keys are not asked for again.
        Assert.Same(found[0], await _keys.NewerAsync(old, default));
        Assert.Null(await _keys.NewerAsync(found[0]!, default));
        Assert.Equal(2, _tenant.Reads);
    }

    /// <summary>A token with a made-up key must not take everybody's away, which one that knows nobody's secret could do.</summary>
    [Fact]
    public async Task Known_WhileTheTenantDoesNotAnswer_GoOn()
    {
        var known = await _keys.GetAsync(default);
        _tenant.IsDown = true;
        Assert.Equal("identity_unavailable", (await Assert.ThrowsAsync<GatewayException>(async () => await _keys.NewerAsync(known, default))).Error.Code);
        Assert.Same(known, await _keys.GetAsync(default));
        _time.Advance(TimeSpan.FromHours(30));
        Assert.Same(known, await _keys.GetAsync(default));
        await _keys.Reading;
        Assert.Same(known, await _keys.GetAsync(default));

        // Back again, they are read within five minutes.
        _tenant.IsDown = false;
        _time.Advance(TimeSpan.FromMinutes(5));
        await _keys.GetAsync(default);
        await _keys.Reading;
        Assert.NotSame(known, await _keys.GetAsync(default));
    }

    [Fact]
    public async Task Newer_ThatCouldNotBeRead_IsTriedAgainAfterAMoment()
    {
        var known = await _keys.GetAsync(default);
        var asked = 0;
        _tenant.IsDown = true;
        for (var i = 0; i < 100; i++)
        {
            var refused = await Assert.ThrowsAsync<GatewayException>(async () => await _keys.NewerAsync(known, default));
            Assert.Equal((503, TimeSpan.FromSeconds(5)), (refused.Status, refused.RetryAfter));
            asked = Math.Max(asked, _tenant.Asked);
        }

        Assert.Equal(2 + 1, asked);
        _tenant.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.NotSame(known, await _keys.NewerAsync(known, default));
    }

    [Theory]
    [InlineData("https://login.microsoftonline.com", "https://login.microsoftonline.com/{0}/v2.0", "https://sts.windows.net/{0}/")]
    [InlineData("https://login.microsoftonline.us/", "https://login.microsoftonline.us/{0}/v2.0", "https://sts.windows.net/{0}/")]
    [InlineData("https://login.partner.microsoftonline.cn", "https://login.partner.microsoftonline.cn/{0}/v2.0", "https://sts.chinacloudapi.cn/{0}/")]
    public void Issuers_AreThoseOfTheCloud(string instance, params string[] issuers) => Assert.Equal(
        issuers.Select(i => i.Replace("{0}", FakeTenant.Id, StringComparison.Ordinal)), new EntraOptions { TenantId = FakeTenant.Id, Instance = new Uri(instance) }.Issuers);

    /// <summary>What Microsoft.Identity.Web does: an application that is named by its id takes either form, and no other name is guessed at.</summary>
    [Theory]
    [InlineData(FakeTenant.App, FakeTenant.App, "api://" + FakeTenant.App)]
    [InlineData("api://" + FakeTenant.App, "api://" + FakeTenant.App, FakeTenant.App)]
    [InlineData("api://gateway", "api://gateway")]
    [InlineData("https://contoso.example/gateway", "https://contoso.example/gateway")]
    public void Audience_OfAnApplicationsId_IsEitherForm(string audience, params string[] forms) =>
        Assert.Equal(forms, new EntraOptions { TenantId = FakeTenant.Id, Audiences = [audience] }.TokenAudiences);
}
