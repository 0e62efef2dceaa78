using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Ingestion.Generations;

public sealed class GenerationStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static GenerationPlan Plan(int model, int tokens = 160, string route = "docs") => new(route, $"{route}@{model + 1}", $"model-{model}", tokens, 0, ChunkStrategy.Sentences);

    private static GenerationState First(GenerationPlan plan) => GenerationState.First(plan, IndexName.For(plan.EmbeddingsRoute), Start);

    /// <summary>Whatever happens in whatever order, each generation has an index to itself, what serves was built whole, and nothing is forgotten before it is removed.</summary>
    [Fact]
    public void AnySequence_KeepsGenerationsApart()
    {
        var step = Gen.Choose(0, 99).SelectMany(kind => Gen.Choose(0, 3), (kind, which) => (kind, which));
        Prop.ForAll(step.ListOf().ToArbitrary(), steps =>
        {
            var state = First(Plan(0));
            var known = new HashSet<int> { 0 };
            var removed = new HashSet<int>();
            var now = Start;
            foreach (var (kind, which) in steps)
            {
                var before = state;
                now += TimeSpan.FromSeconds(7);
                if (kind < 10)
                {
                    var plan = Plan(which / 2);
                    var restore = $"restore-{which}";
                    state = GenerationState.Restore(state, plan, string.Empty, restore, now);
                    Assert.Equal(before.Serving.Number, state.Serving.Number);
                    Assert.Equal(state, GenerationState.Restore(state, plan, string.Empty, restore, now));
                    if (state.Building is { } begun && begun.Restore == restore) Assert.Equal(begun.Fulfils(plan) ? state : state.Toward(plan, now), state.Toward(plan, now));
                }
                else if (kind < 50)
                {
                    var plan = Plan(which / 2, which % 2 == 0 ? 160 : 80);
                    state = state.Toward(plan, now);
                    Assert.True((state.Building ?? state.Serving).Fulfils(plan));
                    Assert.Equal(before.Serving.Number, state.Serving.Number);
                    Assert.Equal(state, state.Toward(plan, now));
                }
                else if (kind < 75)
                {
                    var number = which == 0 ? -1 : state.Building?.Number ?? -1;
                    state = state.Switch(number, now);
                    Assert.Equal(number >= 0 ? number : before.Serving.Number, state.Serving.Number);
                    Assert.Equal(state, state.Switch(number, now));
                }
                else if (state.Retired.Count > 0)
                {
                    var gone = state.Retired[which % state.Retired.Count].Generation.Number;
                    state = state.Removed(gone);
                    removed.Add(gone);
                }

                List<Generation> all = [state.Serving, .. state.Building is { } building ? [building] : Array.Empty<Generation>(), .. state.Retired.Select(item => item.Generation)];
                Assert.Equal(all.Count, all.Select(item => item.Index).Distinct().Count());
                Assert.Equal(all.Count, all.Select(item => item.Number).Distinct().Count());
                known.UnionWith(all.Select(item => item.Number));
                Assert.Equal(known, all.Select(item => item.Number).Concat(removed).ToHashSet());
                Assert.False(state.IsDue(state.Serving.Number, now + Grace, Grace));
                Assert.All(state.Retired, item => Assert.Equal(now - item.RetiredAt >= Grace, state.IsDue(item.Generation.Number, now, Grace)));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Toward_TheSame_ChangesNothing() => Assert.Equal(First(Plan(0)), First(Plan(0)).Toward(Plan(0), Start));

    [Fact]
    public void Toward_AnotherVersionOfTheSameModel_OnlyPinsIt()
    {
        var after = First(Plan(0)).Toward(Plan(0) with { PinnedRoute = "docs@9" }, Start);
        Assert.Null(after.Building);
        Assert.Equal("docs@9", after.Serving.PinnedRoute);
    }

    [Fact]
    public void Toward_BackToWhatServes_AbandonsWhatWasBegun()
    {
        var after = First(Plan(0)).Toward(Plan(1), Start).Toward(Plan(0), Start);
        Assert.Null(after.Building);
        Assert.Equal(1, Assert.Single(after.Retired).Generation.Number);
    }

    [Fact]
    public void Toward_OverAndOver_NeverTakesAnIndexThatIsStillToBeEmptied()
    {
        var state = First(Plan(0));
        for (var i = 0; i < 6; i++) state = state.Toward(Plan(1, 80 + (i % 2)), Start);
        Assert.Equal(5, state.Retired.Count);
        Assert.Equal(7, state.Retired.Select(item => item.Generation.Index).Append(state.Serving.Index).Append(state.Building!.Index).Distinct().Count());
    }
}
