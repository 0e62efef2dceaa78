using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Replicas;

namespace Serverless.GpuWorker.Tests.Supervision;

public sealed class CallBookTests
{
    /// <summary>
    /// A world of replicas that die in the step in which a poisonous request would get a certain token, and for no reason at all; what they computed last may never have been said.
    /// Every innocent request gets its whole answer, once; every poisonous one fails, and no other.
    /// </summary>
    [Fact]
    public void World_PoisonAndRandomDeaths_OnlyPoisonFails() => Prop.ForAll(
        Gen.Choose(1, 4).ToArbitrary(),
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        (replicas, seed) => new World(replicas, new Random(seed), poison: 2, randomDeaths: 3).Run()).Check(Config.QuickThrowOnFailure.WithMaxTest(150));

    [Fact]
    public void Down_FirstCrash_TakesAllUpAgainAtOnce()
    {
        var book = Inside(5);
        Assert.Equal(5, book.Down(0, out var culprit).Count);
        Assert.Null(culprit);
        book.Up(0);
        for (var i = 0; i < 5; i++) Assert.NotNull(book.TryAssign());
    }

    [Fact]
    public void Down_AloneTwice_IsTheCulprit()
    {
        var book = Inside(1);
        book.Down(0, out var first);
        book.Up(0);
        var call = book.TryAssign();
        Assert.Empty(book.Down(0, out var second));
        Assert.Null(first);
        Assert.Same(call, second);
        Assert.Equal(CallPlace.Nowhere, call!.Place);
    }

    [Fact]
    public void Down_ProgressBetween_ClearsTheRequest()
    {
        var book = Inside(1);
        for (var i = 0; i < 10; i++)
        {
            book.Down(0, out var culprit);
            Assert.Null(culprit);
            book.Up(0);
            var call = book.TryAssign()!;
            Trust(call);
        }
    }

    [Fact]
    public void TryAssign_Suspects_AreTriedOneAtATimeBesideTrustedOnes()
    {
        var book = Inside(3);
        Crash(book);

        book.Down(0, out _);
        book.Up(0);
        book.Enqueue(Call(100));
        var suspect = book.TryAssign()!;
        Assert.Equal(3, suspect.Number);
        Assert.Null(book.TryAssign());
        Trust(suspect);
        Assert.Equal(2, book.TryAssign()!.Number);
        Assert.Null(book.TryAssign());
    }

    [Fact]
    public void Down_SuspectBesideATrustedOne_IsTriedAgainAlone()
    {
        var book = Inside(2);
        Crash(book);
        Crash(book);

        var trusted = book[0].Calls.Values.Single();
        Trust(trusted);
        var suspect = book.TryAssign()!;
        book.Down(0, out var culprit);
        Assert.Null(culprit);
        book.Up(0);
        Assert.Same(suspect, book.TryAssign());
        Assert.Null(book.TryAssign());
        book.Down(0, out culprit);
        Assert.Same(suspect, culprit);
        book.Up(0);
        Assert.Same(trusted, book.TryAssign());
    }

    [Fact]
    public void FindInTheWay_TrialThatMustBeAlone_MovesTrustedOnesOutOfIt()
    {
        var book = Inside(3);
        Crash(book);
        Crash(book);
        var third = book[0].Calls.Values.Single();
        Trust(third);
        var second = book.TryAssign()!;
        // The second's trial fails beside the third, so it is alone in its next; the first has had none yet.
        Crash(book);
        Assert.Same(second, book[0].Calls.Values.Single());
        Trust(second);
        Assert.Null(book.FindInTheWay());
        var first = book.TryAssign()!;
        Crash(book);
        Assert.Same(first, book[0].Calls.Values.Single());
        var id = first.WireId;
        book.Return(first);
        Assert.Null(book.TryAssign());
        Assert.True(book.HasLeft(0, id));
        Assert.Same(first, book.TryAssign());
    }

    [Fact]
    public void TryAssign_SuspectOfTwoReplicas_KeepsOneOfThemAndLeavesTheOther()
    {
        var book = Inside(2, replicas: 2);
        Crash(book);
        Crash(book);

        book.Up(1);
        for (var number = 50; number < 53; number++) Assert.Equal(1, Put(book, number, 1, "a"));
    }

    [Fact]
    public void TryAssign_SeveralReplicas_TakesTheLightestAndThenTheClientsLast()
    {
        var book = new CallBook(3, loadSlack: 50);
        for (var i = 0; i < 3; i++) book.Up(i);
        Assert.Equal([0, 1, 2], new[] { Put(book, 1, 400, "a"), Put(book, 2, 300, "b"), Put(book, 3, 200, "c") });
        Assert.Equal(2, Put(book, 4, 80, "a"));
        Assert.Equal(1, Put(book, 5, 10, "b"));
        Assert.Equal(2, Put(book, 6, 10, "d"));
    }

    [Fact]
    public void Refuse_Replay_WaitsUntilSomethingLeaves()
    {
        var book = Inside(2);
        book.Down(0, out _);
        book.Up(0);
        var (first, second) = (book.TryAssign()!, book.TryAssign()!);
        book.Refuse(second);
        Assert.Null(book.TryAssign());
        book.Remove(first);
        Assert.Same(second, book.TryAssign());
    }

    [Fact]
    public void Refuse_NewRequest_TriesEachReplicaOnce()
    {
        var book = new CallBook(2);
        book.Up(0);
        book.Up(1);
        book.Enqueue(Call(1));
        var call = book.TryAssign()!;
        book.Refuse(call);
        Assert.True(book.HasUntried(call));
        Assert.Equal(1, book.TryAssign()!.Replica);
        book.Refuse(call);
        Assert.False(book.HasUntried(call));
        Assert.Null(book.TryAssign());
    }

    /// <summary>The only replica dies of nothing known, and takes up what it may.</summary>
    private static void Crash(CallBook book)
    {
        book.Down(0, out var culprit);
        Assert.Null(culprit);
        book.Up(0);
        while (book.TryAssign() is not null)
        {
        }
    }

    private static void Trust(RemoteCall call)
    {
        for (var token = 0; token < CallBook.TrustedAfter; token++) CallBook.Progress(call);
    }

    private static int Put(CallBook book, long number, int tokens, string client)
    {
        book.Enqueue(Call(number, tokens, client));
        return book.TryAssign()!.Replica;
    }

    private static CallBook Inside(int calls, int replicas = 1)
    {
        var book = new CallBook(replicas);
        book.Up(0);
        for (var i = 1; i <= calls; i++)
        {
            book.Enqueue(Call(i));
            Assert.NotNull(book.TryAssign());
        }

        return book;
    }

    private static RemoteCall Call(long number, int tokens = 1, string client = "a") => new(number, new GenerationRequest { PromptTokens = new int[tokens], MaxTokens = 1000, ClientId = client });

    private sealed class World
    {
        private const int Steps = 20_000;

        private readonly int _replicas;
        private readonly Random _random;
        private readonly CallBook _book;
        private readonly List<RemoteCall> _calls = [];
        private readonly Dictionary<RemoteCall, int> _said = [], _lengths = [];
        private readonly Dictionary<RemoteCall, int> _deadly = [];
        private readonly Dictionary<RemoteCall, int> _computed = [];
        private readonly HashSet<RemoteCall> _failed = [];

        /// <summary>Deaths, of whatever cause, that found a poisonous request inside: one may be evidence against two.</summary>
        private readonly Dictionary<RemoteCall, int> _deaths = [];
        private readonly List<(int Replica, long WireId)> _leaving = [];
        private int _randomDeaths, _poisonDeaths;

        public World(int replicas, Random random, int poison, int randomDeaths)
        {
            (_replicas, _random, _randomDeaths) = (replicas, random, randomDeaths);
            _book = new CallBook(replicas);
            for (var i = 0; i < replicas; i++) _book.Up(i);
            for (var i = 0; i < 30; i++)
            {
                var call = Call(i, 1 + random.Next(600), $"client {random.Next(4)}");
                _calls.Add(call);
                (_said[call], _lengths[call]) = (0, 1 + random.Next(40));
                if (i < poison) _deadly[call] = random.Next(_lengths[call]);
            }

            foreach (var call in _calls.OrderBy(_ => random.Next())) _book.Enqueue(call);
        }

        public void Run()
        {
            for (var step = 0; step < Steps && _calls.Any(call => call.Place != CallPlace.Nowhere); step++)
            {
                Move();
                while (_book.TryAssign() is { } call) _computed[call] = _said[call];
                var replica = _random.Next(_replicas);
                if (!_book[replica].IsUp) _book.Up(replica);
                else Step(replica);
            }

            Assert.All(_deadly.Keys, call => Assert.True(_deaths.GetValueOrDefault(call) >= CallBook.CrashesToSuspect, "A request failed on the evidence of one death."));
            Assert.InRange(_poisonDeaths, _deadly.Count, 4 * _deadly.Count);
            foreach (var call in _calls)
            {
                Assert.Equal(_deadly.ContainsKey(call), _failed.Contains(call));
                if (!_failed.Contains(call)) Assert.Equal(_lengths[call], _said[call]);
            }
        }

        private void Move()
        {
            while (_book.FindInTheWay() is { } moved)
            {
                _leaving.Add((moved.Replica, moved.WireId));
                _book.Return(moved);
            }
        }

        /// <summary>A step runs some of what is inside, as an engine with few places does; what it computes is said one step later, or never.</summary>
        private void Step(int replica)
        {
            foreach (var (_, id) in _leaving.Where(l => l.Replica == replica)) _book.HasLeft(replica, id);
            _leaving.RemoveAll(l => l.Replica == replica);
            var running = _book[replica].Calls.Values.OrderBy(call => call.Number).Take(6).ToList();
            foreach (var call in running.Where(call => _computed[call] > _said[call])) Say(call);
            running = [.. running.Where(call => call.Place == CallPlace.Inside)];
            // Random deaths while a request is on trial alone would be taken for its doing, and rightly.
            var isTrial = _book.All.Any(call => call.Crashes > 0);
            var isPoisoned = running.Any(call => _deadly.TryGetValue(call, out var at) && _computed[call] == at);
            if (isPoisoned) _poisonDeaths++;
            if (isPoisoned || (!isTrial && _randomDeaths > 0 && _random.Next(50) == 0 && _randomDeaths-- > 0))
            {
                foreach (var call in _book[replica].Calls.Values.Where(_deadly.ContainsKey)) _deaths[call] = _deaths.GetValueOrDefault(call) + 1;
                _book.Down(replica, out var culprit);
                if (culprit is not null) _failed.Add(culprit);
                return;
            }

            foreach (var call in running) _computed[call]++;
        }

        private void Say(RemoteCall call)
        {
            CallBook.Progress(call);
            if (++_said[call] == _lengths[call]) _book.Remove(call);
        }
    }
}
