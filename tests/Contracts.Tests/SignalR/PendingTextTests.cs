using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.SignalR;

namespace Serverless.Contracts.Tests.SignalR;

public sealed class PendingTextTests
{
    // Halves of pairs once left two bytes each time they met, until a message that was not full went out before its time.
    [Fact]
    public void Bytes_AnyPiecesAndTakes_AreThoseOfTheTextThatWaits()
    {
        var step = from text in Gen.Elements("", "a", "é漢", "\ud83d", "\ude00", "😀x", "xyz\ud83d", "\ude00b")
                   from isThought in Gen.Elements(false, false, false, true)
                   from take in Gen.Choose(-6, 4)
                   select (text, isThought, take);
        Prop.ForAll(step.ListOf().ToArbitrary(), steps =>
        {
            var pending = new PendingText();
            var waiting = new List<(char Character, bool IsThought)>();
            foreach (var (text, isThought, take) in steps)
            {
                pending.Append(text, isThought);
                waiting.AddRange(text.Select(character => (character, isThought)));
                if (take >= 2 && pending.Sendable > 0)
                {
                    var (taken, wasThought) = pending.Take(take, everything: false);
                    Assert.Equal(waiting.Take(taken.Length), taken.Select(character => (character, wasThought)));
                    waiting.RemoveRange(0, taken.Length);
                }

                Assert.Equal((waiting.Count, Runs(waiting).Sum(Encoding.UTF8.GetByteCount)), (pending.Length, pending.Bytes));
            }
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Texts of one kind each.</summary>
    private static IEnumerable<string> Runs(List<(char Character, bool IsThought)> waiting)
    {
        for (var from = 0; from < waiting.Count;)
        {
            var run = waiting.Skip(from).TakeWhile(one => one.IsThought == waiting[from].IsThought).Select(one => one.Character).ToArray();
            from += run.Length;
            yield return new string(run);
        }
    }
}
