using Serverless.Functions.Ingestion.Vectors;

namespace Serverless.Functions.Tests.Ingestion;

public sealed class RecentVectorsTests
{
    private static readonly ReadOnlyMemory<float> Vector = new float[] { 1, 2 };

    private readonly RecentVectors _recent = new();

    [Fact]
    public async Task Claim_OfWhatAnotherEmbeds_WaitsForIt()
    {
        Assert.Equal(["a", "b"], _recent.Claim(["a", "b"]).Mine);
        var (mine, others) = _recent.Claim(["b", "c"]);
        Assert.Equal(["c"], mine);
        var waiting = Assert.Single(others);
        Assert.False(waiting.Vector.IsCompleted);
        _recent.Put("b", Vector);
        Assert.Equal(Vector, await waiting.Vector);
        Assert.Equal(Vector, _recent.Find("b"));
        Assert.Null(_recent.Find("a"));
    }

    [Fact]
    public async Task GiveUp_LetsTheNextOneDoIt()
    {
        var (mine, _) = _recent.Claim(["a"]);
        var (_, others) = _recent.Claim(["a"]);
        _recent.GiveUp(mine);
        Assert.Null(await others[0].Vector);
        Assert.Equal(["a"], _recent.Claim(["a"]).Mine);
    }

    [Fact]
    public void Put_PastTheBound_ForgetsTheOldest()
    {
        _recent.Put("old", new float[3 * 1024 * 1024]);
        _recent.Put("new", new float[2 * 1024 * 1024]);
        Assert.Null(_recent.Find("old"));
        Assert.NotNull(_recent.Find("new"));
    }
}
