using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.SignalR;

namespace Serverless.Contracts.Tests.SignalR;

public sealed class KeptMessagesTests
{
    /// <summary>Whatever comes, and however often each message is tried: what is kept is the stream's end without a gap, within the bounds, and as much of it as they allow.</summary>
    [Fact]
    public void AnyMessages_WhatIsKeptIsTheEndWithinTheBounds()
    {
        var run = from sizes in Gen.Choose(0, 40).ArrayOf() from most in Gen.Choose(1, 12) from bytes in Gen.Choose(0, 150) from again in Gen.Choose(0, 2) select (sizes, most, bytes, again);
        Prop.ForAll(run.ToArbitrary(), input =>
        {
            var kept = new KeptMessages(input.most, input.bytes);
            for (var i = 0; i < input.sizes.Length; i++)
                for (var attempt = 0; attempt <= input.again; attempt++) kept.Add(new KeptMessage(i, "token", i, input.sizes[i]));

            Assert.Equal(input.sizes.Length, kept.Next);
            for (var from = 0; from <= input.sizes.Length; from++)
            {
                var tail = input.sizes[from..];
                if (kept.From(from) is { } messages)
                {
                    Assert.Equal(Enumerable.Range(from, tail.Length), messages.Select(message => (int)message.Seq));
                    Assert.True(tail.Length <= 1 || (tail.Length <= input.most && tail.Sum() <= input.bytes));
                }
                else
                {
                    Assert.True(tail.Length > input.most || (tail.Sum() > input.bytes && tail.Length > 1));
                }
            }

            Assert.Null(kept.From(input.sizes.Length + 1));
            Assert.Null(kept.From(-1));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Add_BeyondTheNext_IsAGap() => Assert.Throws<ArgumentOutOfRangeException>(() => new KeptMessages(4, 100).Add(new KeptMessage(1, "token", "", 1)));
}
