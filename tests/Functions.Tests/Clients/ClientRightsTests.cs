using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Tests.Clients;

/// <summary>What a client's record says of who may come as it, and what they may.</summary>
public sealed class ClientRightsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly string Id = ClientKey.NewId();
    private static readonly string Key = ClientKey.NewKey(Id);

    private static readonly Gen<DateTimeOffset?> Times = Gen.Elements<DateTimeOffset?>(null, Now.AddTicks(-1), Now, Now.AddTicks(1));

    private static readonly Arbitrary<(ClientRecord Client, DateTimeOffset? KeyUntil, bool IsFormer)> Clients = (
        from keyUntil in Times
        from until in Times
        from disabled in Gen.Elements(true, false)
        from deleted in Gen.Elements(true, false)
        from isFormer in Gen.Elements(true, false)
        select (new ClientRecord
        {
            Id = Id,
            Name = "a",
            // An older release's one key does not expire.
            KeyHash = isFormer ? ClientKey.Hash(Key) : null,
            Keys = isFormer ? [] : [StoredKey.Of("another", Now), StoredKey.Of(Key, Now, keyUntil)],
            ExpiresAt = until,
            Disabled = disabled,
            Deleted = deleted,
        }, isFormer ? null : keyUntil, isFormer)).ToArbitrary();

    /// <summary>From the moment on that a key or its client expires at, and not a tick before, it is refused.</summary>
    [Fact]
    public void Takes_AKeyOfAnyState_IfAndOnlyIfItAndItsClientAreGood() => Prop.ForAll(Clients, given =>
    {
        var isActive = !given.Client.Disabled && !given.Client.Deleted && (given.Client.ExpiresAt is not { } until || Now < until);
        var isGood = isActive && (given.KeyUntil is not { } keyUntil || Now < keyUntil);
        return given.Client.IsActive(Now) == isActive && given.Client.Takes(Key, Now) == isGood && !given.Client.Takes(Key + "x", Now) && !given.Client.Takes("", Now);
    }).QuickCheckThrowOnFailure();

    /// <summary>Whoever has the key is told why it is not taken; whoever has not is told nothing, and of a deleted client nobody is.</summary>
    [Fact]
    public void WhyNot_OfAKeyOfAnyState_IsSaidToWhoHasItAlone() => Prop.ForAll(Clients, given =>
    {
        var isSaid = !given.Client.Takes(Key, Now) && !given.Client.Deleted;
        return given.Client.WhyNot(Key, Now) is not null == isSaid && given.Client.WhyNot(Key + "x", Now) is null;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(false, ClientRole.Client, false, false)]
    [InlineData(false, ClientRole.Reader, false, true)]
    [InlineData(false, ClientRole.Operator, true, false)]
    [InlineData(true, ClientRole.Client, true, false)]
    public void ToCaller_OfEveryRole_IsThatRoleWithTheClientsRestrictions(bool isOperatorAsOnceWritten, ClientRole role, bool isOperator, bool isReader)
    {
        var client = new ClientRecord { Id = Id, Name = "a", IsOperator = isOperatorAsOnceWritten, Role = role, Groups = ["g"], AllowedRoutes = ["r"], AllowedCollections = ["c"], AllowedModels = ["m"], AllowedMcpServers = ["s"] };
        var caller = client.ToCaller();
        Assert.Equal((Id, isOperator, isReader), (caller.ClientId, caller.IsOperator, caller.IsReader));
        Assert.Equal(["g", "r", "c", "m", "s"], [.. caller.Groups, .. caller.AllowedRoutes!, .. caller.AllowedCollections!, .. caller.AllowedModels!, .. caller.AllowedMcpServers!]);
    }

    [Fact]
    public void Restrictions_AreOfWholeNamesInTheirCase()
    {
        var caller = new Caller("a", [], IsOperator: false) { AllowedRoutes = ["chat"], AllowedCollections = ["docs"], AllowedModels = ["gpt"], AllowedMcpServers = ["git", "wiki__read"] };
        foreach (var (may, name) in new (Func<string, bool>, string)[] { (caller.MayUse, "chat"), (caller.MayRead, "docs"), (caller.MayUseModel, "gpt"), (caller.MayUseMcpServer, "git"), (caller.MayUseMcpServer, "wiki") })
        {
            Assert.True(may(name));
            foreach (var other in new[] { name.ToUpperInvariant(), name + "s", name[..^1], "", "*" }) Assert.False(may(other), other);
        }

        Assert.True(caller.MayUseMcpTool("git", "git__log"));
        Assert.True(caller.MayUseMcpTool("wiki", "wiki__read"));
        Assert.False(caller.MayUseMcpTool("wiki", "wiki__write"));
        Assert.False(caller.MayUseMcpTool("Git", "Git__log"));
        var free = new Caller("a", [], IsOperator: false);
        Assert.True(free.MayUse("x") && free.MayRead("x") && free.MayUseModel("x") && free.MayUseMcpServer("x") && free.MayUseMcpTool("x", "x__y"));
    }

    /// <summary>A key that was made here, or made to look like one, is never as good as none.</summary>
    [Fact]
    public void Keys_MadeHere_AreKnownByTheirForm()
    {
        Assert.Equal(Id, ClientKey.IdOf(Key));
        Assert.True(ClientKey.IsOurs(Key) && ClientKey.IsOurs($"sk-{Id}-") && ClientKey.IsOurs($"sk-{Id.ToUpperInvariant()}-x"));
        foreach (var other in new[] { "", "sk-", $"sk-{Id}", $"sk-{Id}x{Key}", $"SK-{Id}-x", $" {Key}", $"sk-{Id[..^1]}g-x", "sk-proj-as-others-give-them" }) Assert.False(ClientKey.IsOurs(other), other);
        Assert.True(ClientKey.IsId(Id));
        foreach (var other in new[] { "", Id[..^1], Id + "0", Id[..^1] + "g", Id[..^1] + "A" }) Assert.False(ClientKey.IsId(other), other);
    }
}
