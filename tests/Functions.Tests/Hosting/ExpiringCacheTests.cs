using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class ExpiringCacheTests
{
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(5);
    private readonly ManualTime _time = new();
    private readonly ExpiringCache<string> _cache;
    private int _loads;

    public ExpiringCacheTests() => _cache = new ExpiringCache<string>(_time);

    [Fact]
    public async Task Get_ByManyAtOnce_LoadsOnceEvenWhenTheFirstGoesAway()
    {
        var release = new TaskCompletionSource();
        using var first = new CancellationTokenSource();
        var gone = _cache.GetAsync("a", LoadAsync, first.Token).AsTask();
        var others = Enumerable.Range(0, 8).Select(_ => _cache.GetAsync("a", LoadAsync, default).AsTask()).ToList();
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        release.SetResult();
        Assert.All(await Task.WhenAll(others), value => Assert.Equal("value", value));
        Assert.Equal(1, _loads);

        async Task<(string?, TimeSpan)> LoadAsync(CancellationToken stop)
        {
            Interlocked.Increment(ref _loads);
            await release.Task;
            stop.ThrowIfCancellationRequested();
            return ("value", Keep);
        }
    }

    [Fact]
    public async Task Get_AfterItsTime_LoadsAgain()
    {
        await GetAsync("1");
        _time.Advance(Keep - TimeSpan.FromMilliseconds(1));
        Assert.Equal("1", await GetAsync("2"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("2", await GetAsync("2"));
    }

    [Fact]
    public async Task Get_ShortlyBeforeItsEnd_LoadsOnTheSideAndNobodyWaits()
    {
        await GetAsync("1");
        _time.Advance(Keep * 0.9);
        var release = new TaskCompletionSource();
        var loaded = new TaskCompletionSource();
        for (var i = 0; i < 3; i++) Assert.Equal("1", await _cache.GetAsync("a", LoadAsync, default));
        release.SetResult();
        await loaded.Task;
        while (await _cache.GetAsync("a", LoadAsync, default) != "2") await Task.Yield();
        _time.Advance(Keep * 0.2);
        Assert.Equal("2", await _cache.GetAsync("a", LoadAsync, default));
        Assert.Equal(1, _loads);

        async Task<(string?, TimeSpan)> LoadAsync(CancellationToken stop)
        {
            Interlocked.Increment(ref _loads);
            await release.Task;
            loaded.SetResult();
            return ("2", Keep);
        }
    }

    [Fact]
    public async Task Get_NothingOrAFailure_IsNotKept()
    {
        Assert.Null(await GetAsync(null));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _cache.GetAsync("a", new Func<CancellationToken, Task<(string?, TimeSpan)>>(_ => throw new InvalidOperationException()), default).AsTask());
        Assert.Equal("x", await GetAsync("x"));
    }

    [Fact]
    public async Task Set_WhileALoadIsUnderWay_WinsOverIt()
    {
        var release = new TaskCompletionSource();
        var slow = _cache.GetAsync("a", async _ =>
        {
            await release.Task;
            return ("old", Keep);
        }, default).AsTask();
        _cache.Set("a", "new", Keep);
        release.SetResult();
        Assert.Equal("old", await slow);
        Assert.Equal("new", await GetAsync("never"));
        _cache.Set("a", "older", Keep, keepCurrent: current => current == "new");
        Assert.Equal("new", await GetAsync("never"));
    }

    [Fact]
    public async Task Get_OfALaterGeneration_LoadsAgainWhatAnEarlierOneHad()
    {
        var loaded = 0;
        Task<(string?, TimeSpan)> Load(string name, CancellationToken stop) => Task.FromResult(((string?)$"{name}{++loaded}", Keep));
        Assert.Equal("a1", await _cache.GetAsync("a", Load, default, generation: 1));
        Assert.Equal("a1", await _cache.GetAsync("a", Load, default, generation: 1));
        Assert.Equal("a2", await _cache.GetAsync("a", Load, default, generation: 2));
        _cache.Set("a", "set", Keep, generation: 3);
        Assert.Equal("set", await _cache.GetAsync("a", Load, default, generation: 3));
        Assert.Equal("a3", await _cache.GetAsync("a", Load, default, generation: 4));
    }

    private async Task<string?> GetAsync(string? loaded) => await _cache.GetAsync("a", _ => Task.FromResult((loaded, Keep)), default);
}
