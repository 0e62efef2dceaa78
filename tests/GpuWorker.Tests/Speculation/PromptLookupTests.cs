using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

public sealed class PromptLookupTests
{
    [Fact]
    public void Begin_TokensThatStandEarlier_PredictsWhatFollowedThem()
    {
        int[] tokens = [1, 5, 6, 7, 8, 9, 10, 5, 6];

        var lookup = Begin(tokens);

        Assert.Equal(2, lookup.Matched);
        Assert.Equal([7, 8, 9, 10, 5], Enumerable.Range(0, 5).Select(ahead => lookup.Predicted(tokens, ahead)));
    }

    [Fact]
    public void Begin_SeveralPlaces_TakesTheLongestRunAndOfEqualsTheLatest()
    {
        int[] longest = [1, 2, 3, 4, 50, 9, 2, 3, 4, 60, 8, 3, 4, 70, 1, 2, 3, 4], latest = [2, 3, 50, 2, 3, 60, 9, 2, 3];

        Assert.Equal((4, 50), (Begin(longest).Matched, Begin(longest).Predicted(longest, 0)));
        Assert.Equal((2, 60), (Begin(latest).Matched, Begin(latest).Predicted(latest, 0)));
    }

    [Fact]
    public void Begin_NeighbouringIds_FindsEachOfThem()
    {
        int[] ids = [.. Enumerable.Range(0, 60)];

        Assert.All(ids[..^1], id => Assert.Equal(id + 1, Begin([.. ids, id]) is { Matched: > 0 } lookup ? lookup.Predicted([.. ids, id], 0) : -1));
    }

    /// <summary>No table has a size of the vocabulary: ids of any size are found, to the largest that there is.</summary>
    [Fact]
    public void Begin_IdsBeyondAnyVocabulary_FindsEachOfThem()
    {
        int[] ids = [.. Enumerable.Range(0, 60).Select(number => int.MaxValue - (number * 35_000_001))];

        Assert.All(Enumerable.Range(0, 59), at => Assert.Equal(ids[at + 1], Begin([.. ids, ids[at]]) is { Matched: > 0 } lookup ? lookup.Predicted([.. ids, ids[at]], 0) : -1));
    }

    [Fact]
    public void Predicted_PlaceThatEndsAtTheEnd_Repeats()
    {
        int[] tokens = [9, 4, 5, 4, 5];

        Assert.Equal([4, 5, 4, 5, 4], Enumerable.Range(0, 5).Select(ahead => Begin(tokens).Predicted(tokens, ahead)));
    }

    [Fact]
    public void Append_TokenByToken_StaysAtItsPlaceUntilAPredictionFails()
    {
        List<int> tokens = [1, 5, 6, 7, 8, 9, 5, 6];
        var lookup = Begin([.. tokens]);

        Add(7);
        Assert.Equal((3, 8), (lookup.Matched, lookup.Predicted([.. tokens], 0)));
        Add(8);
        Assert.Equal((4, 9), (lookup.Matched, lookup.Predicted([.. tokens], 0)));
        Add(77);
        Assert.Equal(0, lookup.Matched);
        Add(9);
        Assert.Equal((1, 5), (lookup.Matched, lookup.Predicted([.. tokens], 0)));

        void Add(int token)
        {
            tokens.Add(token);
            lookup.Append([.. tokens]);
        }
    }

    /// <summary>Beside a search of all places; with token ids far beyond any table, too.</summary>
    [Fact]
    public void Append_AnyTokens_PredictsWhatFollowedAnEarlierRunOfThatLength()
    {
        int predicted = 0, missed = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int kinds = random.Next(1, 12), scale = random.Next(2) == 0 ? 1 : int.MaxValue / 12;
            List<int> tokens = [random.Next(kinds) * scale];
            var lookup = Begin([.. tokens]);
            for (int i = 0; i < 150; i++)
            {
                tokens.Add(random.Next(3) == 0 || lookup.Matched == 0 ? random.Next(kinds) * scale : lookup.Predicted([.. tokens], 0));
                lookup.Append([.. tokens]);
                int[] all = [.. tokens];
                bool stands = all[..^1].Contains(all[^1]);
                Assert.True(stands || lookup.Matched == 0, $"seed {seed}: {lookup.Matched} equal tokens");
                // A few places are compared, and others may have the same hash.
                missed += stands && lookup.Matched == 0 ? 1 : 0;
                if (lookup.Matched == 0)
                    continue;

                predicted++;
                int run = Math.Min(lookup.Matched, 32), next = lookup.Predicted(all, 0);
                Assert.Contains(Enumerable.Range(run, all.Length - run), end => all[end] == next && all[(end - run)..end].SequenceEqual(all[^run..]));
            }
        }
        Assert.True(predicted > 10_000 && missed < predicted / 50, $"{missed} were missed, {predicted} predicted.");
    }

    [Fact]
    public void Rate_PredictionsThatDoNotCome_FallsForTheirKindAlone()
    {
        var all = new AcceptanceRates();
        var own = new AcceptanceRates(all);
        float few = own.After(2), many = own.After(20);
        for (int i = 0; i < 10; i++)
            own.Record(2, came: false);

        Assert.True(own.After(2) < 0.3 * few, $"{own.After(2)} of {few}");
        Assert.Equal(many, own.After(20));
        Assert.InRange(new AcceptanceRates(all).After(2), own.After(2), few);
        for (int i = 0; i < 20; i++)
            own.Record(2, came: true);

        Assert.InRange(own.After(2), 0.75, 1);
    }

    [Fact]
    public void MayDraft_DraftsThatWereRefused_AsksForMoreEqualTokens()
    {
        List<int> tokens = [.. Enumerable.Range(0, 30), 3];
        var lookup = Begin([.. tokens]);
        Assert.True(lookup.MayDraft);
        for (int refused = 0; refused < 2; refused++)
        {
            lookup.Draft();
            Add(1000 + refused);
            Add(3);
        }
        Assert.Equal((1, false), (lookup.Matched, lookup.MayDraft));

        // What comes without having been drafted is evidence.
        Add(1001);
        Assert.False(lookup.MayDraft);
        Add(3);
        Assert.False(lookup.MayDraft);
        Add(1001);
        Assert.True(lookup.MayDraft);
        lookup.Draft();
        Add(3);
        Add(2000);
        Add(9);
        Assert.Equal((1, true), (lookup.Matched, lookup.MayDraft));

        void Add(int token)
        {
            tokens.Add(token);
            lookup.Append([.. tokens]);
        }
    }

    [Fact]
    public void MayDraft_DraftsWhoseStepDidNotRun_CountForNothing()
    {
        List<int> tokens = [.. Enumerable.Range(0, 30), 3];
        var lookup = Begin([.. tokens]);
        for (int failed = 0; failed < 3; failed++)
        {
            lookup.Draft();
            lookup.Withdraw();
            tokens.AddRange([1000 + failed, 3]);
            lookup.Append(tokens.ToArray().AsSpan()[..^1]);
            lookup.Append([.. tokens]);
        }

        Assert.True(lookup.MayDraft);
    }

    private static PromptLookup Begin(int[] tokens)
    {
        var lookup = new PromptLookup(new AcceptanceRates());
        lookup.Begin(tokens);
        return lookup;
    }
}
