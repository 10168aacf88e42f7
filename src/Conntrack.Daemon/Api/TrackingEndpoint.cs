using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;
using Conntrack.V1;
using Grpc.Core;
using Settings = Conntrack.V1.Tracking;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.TrackingService</c>: the tracking menu of a running router, field by field.</summary>
sealed class TrackingEndpoint(RunningRouter router) : TrackingService.TrackingServiceBase
{
    const string Everything = "*";

    public override Task<GetTrackingResponse> GetTracking(GetTrackingRequest request, ServerCallContext context) =>
        Task.FromResult(new GetTrackingResponse { Tracking = Shown(router.Configuration.Current) });

    public override Task<UpdateTrackingResponse> UpdateTracking(UpdateTrackingRequest request, ServerCallContext context)
    {
        Settings given = request.Tracking ?? new Settings();
        var command = new MenuCommand("/ip firewall connection tracking", "set");
        foreach (string property in Wanted(request, given))
        {
            if (PropertyFields.Get(given, property) is { } value)
            {
                command.Add(property, value);
            }
            else
            {
                Reset(command, property);
            }
        }

        RouterConfiguration changed = command.IsEmpty ? router.Configuration.Current : router.Configuration.Change(command);
        return Task.FromResult(new UpdateTrackingResponse { Tracking = Shown(changed) });
    }

    /// <summary>The properties to change, in the order of the menu.</summary>
    static List<string> Wanted(UpdateTrackingRequest request, Settings given)
    {
        IEnumerable<string> settable = TrackingMenu.Properties.Properties.Select(property => property.Name);
        if (request.UpdateMask is not { Paths.Count: > 0 } mask)
        {
            return [.. settable.Where(property => PropertyFields.Get(given, property) is not null)];
        }

        if (mask.Paths is [Everything])
        {
            return [.. settable];
        }

        PropertyProblem[] problems =
        [
            .. mask.Paths.Where(path => !settable.Contains(PropertyFields.PropertyOf(path)))
                .Select(path => new PropertyProblem("update_mask", $"'{path}' is no field that can be set")),
        ];
        return problems.Length == 0 ? [.. settable.Where(property => mask.Paths.Contains(PropertyFields.FieldOf(property)))] : throw Refusal.Of(problems);
    }

    /// <summary>To the default, spelled out where the menu has no word for "not set".</summary>
    static void Reset(MenuCommand command, string property)
    {
        MenuProperty<TrackingSettings> menu = TrackingMenu.Properties.Find(property)!;
        if (menu.TryUnset(TrackingSettings.Default, out _))
        {
            command.Unset(property);
        }
        else
        {
            command.Add(property, menu.Text(TrackingSettings.Default) ?? "auto");
        }
    }

    Settings Shown(RouterConfiguration configuration)
    {
        var message = new Settings();
        foreach ((string name, string value) in TrackingPrinter.Properties(configuration.Tracking, router.TrackingStatus))
        {
            PropertyFields.Set(message, name, value);
        }

        return message;
    }
}
