using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Tests.Clients;

/// <summary>Who a batch or an evaluation asks as, while it goes on.</summary>
public sealed class StandingCallerTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly ClientRecord Client = new() { Id = ClientKey.NewId(), Name = "a", Groups = ["own"], AllowedRoutes = ["chat"] };

    /// <summary>Where a token has an application role, that is the role of a request, and of the work that it began too: with the client's own, whoever may less would see more by asking in a batch.</summary>
    [Theory]
    [InlineData(ClientRole.Operator, ClientRole.Client, false)]
    [InlineData(ClientRole.Client, ClientRole.Operator, true)]
    [InlineData(ClientRole.Operator, null, true)]
    [InlineData(ClientRole.Client, null, false)]
    public void As_OfATokensRole_IsThatRole(ClientRole own, ClientRole? ofToken, bool isOperator)
    {
        var caller = Standing(ofToken, []).As(Client with { Role = own }, Now)!;
        Assert.Equal((isOperator, false), (caller.IsOperator, caller.IsReader));
    }

    /// <summary>What a group of the token's may see, its batch finds as well.</summary>
    [Fact]
    public void As_OfATokensGroups_HasThemAndTheClientsAsOfNow()
    {
        var caller = Standing(null, ["staff", "own"]).As(Client with { Groups = ["own", "new"], AllowedRoutes = ["other"] }, Now)!;
        Assert.Equal(["own", "new", "staff"], caller.Groups);
        Assert.Equal(["other"], caller.AllowedRoutes);
        Assert.Equal("person", caller.Person);
        Assert.Equal(["own"], Standing(null, []).As(Client, Now)!.Groups);
    }

    [Fact]
    public void As_OfAClientThatIsGoneOffOrMayOnlyRead_IsNobody()
    {
        var standing = Standing(null, []);
        Assert.NotNull(standing.As(Client with { ExpiresAt = Now.AddTicks(1) }, Now));
        foreach (var client in new[] { null, Client with { Disabled = true }, Client with { Deleted = true }, Client with { ExpiresAt = Now }, Client with { Role = ClientRole.Reader } })
            Assert.Null(standing.As(client, Now));
    }

    /// <summary>A batch that an earlier release began has neither, and goes on.</summary>
    [Fact]
    public void Standing_OfAnEarlierRelease_IsTheClientAlone()
    {
        var read = JsonSerializer.Deserialize<StandingCaller>("""{"client_id":"x","is_stored":true,"groups":["own","staff"],"is_operator":false}""", WireJson.Options)!;
        Assert.Equal(["own"], read.As(Client, Now)!.Groups);
        var written = JsonSerializer.Deserialize<StandingCaller>(JsonSerializer.Serialize(Standing(ClientRole.Operator, ["staff"]), WireJson.Options), WireJson.Options)!;
        Assert.Equal((ClientRole.Operator, "staff"), (written.TokenRole!.Value, written.TokenGroups.Single()));
    }

    private static StandingCaller Standing(ClientRole? role, string[] groups) =>
        new(Client.Id, IsStored: true, [.. Client.Groups, .. groups], IsOperator: false, null) { Person = "person", TokenRole = role, TokenGroups = groups };
}
