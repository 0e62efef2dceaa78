using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>
/// A collection's generations: blob <c>generations/{collection}.json</c> of container <c>config</c>. Every change is one write under the blob's ETag, so a question sees
/// either the old generation or the new one and never some of both. Pure.
/// </summary>
/// <param name="Serving">Questions are answered from it.</param>
/// <param name="Building">Documents are being brought into it beside the one that serves; null: none.</param>
/// <param name="Retired">Those whose chunks are still to go.</param>
public sealed record GenerationState(Generation Serving, Generation? Building, IReadOnlyList<RetiredGeneration> Retired)
{
    /// <summary>A collection's first generation, which there is nothing to switch from.</summary>
    public static GenerationState First(GenerationPlan plan, string index, DateTimeOffset now) => new(Make(plan, 0, index, now), null, []);

    /// <summary>Whether nothing is to be built and nothing to be removed.</summary>
    public bool IsSettled => Building is null && Retired.Count == 0;

    /// <summary>What is being brought towards a plan: the same where it is on its way, a new generation where not, none where the one that serves is as planned.</summary>
    public GenerationState Toward(GenerationPlan plan, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        // What is restored has the settings of what serves, and takes its place all the same.
        if (Building is { Restore: not null } restored && restored.Fulfils(plan)) return this with { Building = restored with { PinnedRoute = plan.PinnedRoute } };
        if (Serving.Fulfils(plan)) return Abandon(now) with { Serving = Serving with { PinnedRoute = plan.PinnedRoute } };
        if (Building is { } building && building.Fulfils(plan)) return this with { Building = building with { PinnedRoute = plan.PinnedRoute } };
        return Abandon(now) with { Building = Next(plan, now) };
    }

    /// <summary>Begins a generation that is built from an export, beside whatever serves and in place of whatever else is being built; the collection's first where it has none.</summary>
    /// <param name="index">The index of a first generation; of no concern where there is one.</param>
    /// <param name="restore">The restore's id. Nothing changes where it has begun its generation already.</param>
    public static GenerationState Restore(GenerationState? state, GenerationPlan plan, string index, string restore, DateTimeOffset now)
    {
        if (state is null) return new GenerationState(Make(plan, 0, index, now) with { Restore = restore }, null, []);
        return state.All.Any(generation => generation.Restore == restore) ? state : state.Abandon(now) with { Building = state.Next(plan, now) with { Restore = restore } };
    }

    /// <summary>Has questions answered from the generation that was being built. Nothing changes where that is another one by now.</summary>
    public GenerationState Switch(int number, DateTimeOffset now) => Building is { } building && building.Number == number
        ? new GenerationState(building, null, [.. Retired, new RetiredGeneration(Serving, now)])
        : this;

    /// <summary>A retired generation's chunks have gone.</summary>
    public GenerationState Removed(int number) => this with { Retired = [.. Retired.Where(retired => retired.Generation.Number != number)] };

    /// <summary>Whether a document's chunks of this generation are to be dropped: it is neither served nor built, and no question can still be reading it.</summary>
    public bool IsDue(int number, DateTimeOffset now, TimeSpan grace) =>
        number != Serving.Number && number != Building?.Number && Retired.All(retired => retired.Generation.Number != number || now - retired.RetiredAt >= grace);

    public bool Equals(GenerationState? other) => other is not null && Serving == other.Serving && Building == other.Building && Retired.SequenceEqual(other.Retired);

    public override int GetHashCode() => HashCode.Combine(Serving, Building, Retired.Count);

    private IEnumerable<Generation> All => Retired.Select(retired => retired.Generation).Append(Serving).Concat(Building is { } building ? [building] : []);

    // In an index where no other generation of the collection has any chunks.
    private Generation Next(GenerationPlan plan, DateTimeOffset now)
    {
        var taken = All.Select(generation => generation.Index).ToHashSet(StringComparer.Ordinal);
        var slot = 0;
        while (taken.Contains(IndexName.For(plan.EmbeddingsRoute, plan.Model, slot))) slot++;
        return Make(plan, All.Max(generation => generation.Number) + 1, IndexName.For(plan.EmbeddingsRoute, plan.Model, slot), now);
    }

    private GenerationState Abandon(DateTimeOffset now) => Building is { } building
        ? this with { Building = null, Retired = [.. Retired, new RetiredGeneration(building, now)] }
        : this;

    private static Generation Make(GenerationPlan plan, int number, string index, DateTimeOffset now) =>
        new(number, plan.EmbeddingsRoute, plan.PinnedRoute, plan.Model, index, plan.ChunkTokens, plan.ChunkOverlap, plan.ChunkStrategy, now);
}
