using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

public sealed class DraftCautionTests
{
    [Fact]
    public void Asked_DraftsThatAreRefused_DoublesToEightAndEndsWithOneThatComes()
    {
        var own = new DraftCaution(new DraftCaution());
        List<int> asked = [own.Asked];
        for (int i = 0; i < 4; i++)
        {
            own.Record(came: false);
            asked.Add(own.Asked);
        }
        own.Record(came: true);

        Assert.Equal([1, 2, 4, 8, 8], asked);
        Assert.Equal(1, own.Asked);
    }

    [Fact]
    public void Asked_RefusedDraftsOfManySequences_AsksMoreOfNewOnesUntilOneComes()
    {
        var all = new DraftCaution();
        for (int i = 0; i < 12; i++)
            new DraftCaution(all).Record(came: false);

        Assert.Equal(8, new DraftCaution(all).Asked);
        new DraftCaution(all).Record(came: true);
        Assert.Equal(1, new DraftCaution(all).Asked);
    }

    [Fact]
    public void Asked_WhateverComes_IsAPowerOfTwoUpToEightAndNoLessThanThatOfAll() => Prop.ForAll(Gen.Elements(false, false, false, true).ListOf().ToArbitrary(), outcomes =>
    {
        var all = new DraftCaution();
        DraftCaution[] sequences = [new(all), new(all), new(all)];
        int next = 0;
        foreach (bool came in outcomes)
        {
            var sequence = sequences[next++ % sequences.Length];
            int before = sequence.Asked;
            sequence.Record(came);
            if (sequence.Asked is not (1 or 2 or 4 or DraftCaution.MostAsked) || sequence.Asked < all.Asked || (came ? sequence.Asked != 1 : sequence.Asked < before))
                return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();
}
