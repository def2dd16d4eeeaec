//go:build linux

package gtk

// Widget is a GtkWidget *.
type Widget uintptr

// functions is the binding: the tag names the C function (see bind). The
// documentation of each is GTK's own, under that name.
type functions struct {
	initCheck func(argc, argv uintptr) bool                                                             `c:"gtk_init_check"`
	setEnv    func(name, value string, overwrite bool) bool                                             `c:"g_setenv"`
	SetName   func(name string)                                                                         `c:"g_set_prgname"`
	connect   func(object uintptr, signal string, callback, data, destroy uintptr, flags uint32) uint64 `c:"g_signal_connect_data"`
	lookup    func(signal string, typ uintptr) uint32                                                   `c:"g_signal_lookup"`
	emit      func(object uintptr, signal, text string)                                                 `c:"g_signal_emit_by_name"`
	idleAdd   func(callback, data uintptr) uint32                                                       `c:"g_idle_add"`
	timeout   func(ms uint32, callback, data uintptr) uint32                                            `c:"g_timeout_add"`
	iterate   func(context uintptr, block bool) bool                                                    `c:"g_main_context_iteration"`

	windowNew        func(kind int32) Widget                                        `c:"gtk_window_new"`
	WindowTitle      func(w Widget, title string)                                   `c:"gtk_window_set_title"`
	WindowSize       func(w Widget, width, height int32)                            `c:"gtk_window_set_default_size"`
	WindowIcon       func(w Widget, name string)                                    `c:"gtk_window_set_icon_name"`
	WindowFocus      func(w Widget) Widget                                          `c:"gtk_window_get_focus"`
	WindowActive     func(w Widget) bool                                            `c:"gtk_window_is_active"`
	Deletable        func(w Widget, can bool)                                       `c:"gtk_window_set_deletable"`
	windowPresent    func(w Widget)                                                 `c:"gtk_window_present"`
	windowChild      func(w, child Widget)                                          `c4:"gtk_window_set_child"`
	windowDefault    func(w, button Widget)                                         `c4:"gtk_window_set_default_widget"`
	windowResize     func(w Widget, width, height int32)                            `c3:"gtk_window_resize"`
	windowRole       func(w Widget, role string)                                    `c3:"gtk_window_set_role"`
	windowFocusOnMap func(w Widget, on bool)                                        `c3:"gtk_window_set_focus_on_map"`
	windowKeepAbove  func(w Widget, on bool)                                        `c3:"gtk_window_set_keep_above"`
	windowUrgent     func(w Widget, on bool)                                        `c3:"gtk_window_set_urgency_hint"`
	windowPosition   func(w Widget, where int32)                                    `c3:"gtk_window_set_position"`
	windowGravity    func(w Widget, gravity int32)                                  `c3:"gtk_window_set_gravity"`
	windowAt         func(w Widget, x, y *int32)                                    `c3:"gtk_window_get_position"`
	windowMove       func(w Widget, x, y int32)                                     `c3:"gtk_window_move"`
	windowType       func(w Widget, hint int32)                                     `c3:"gtk_window_set_type_hint"`
	windowStick      func(w Widget)                                                 `c3:"gtk_window_stick"`
	windowDeiconify  func(w Widget)                                                 `c3:"gtk_window_deiconify"`
	windowUnminimize func(w Widget)                                                 `c4:"gtk_window_unminimize"`
	gdkWindow        func(w Widget) uintptr                                         `c3:"gtk_widget_get_window"`
	windowPresentAt  func(w Widget, time uint32)                                    `c:"gtk_window_present_with_time"`
	serverTime       func(gdkWindow uintptr) uint32                                 `c3:"gdk_x11_get_server_time?"`
	windowXID        func(gdkWindow uintptr) uintptr                                `c3:"gdk_x11_window_get_xid?"`
	gdkRaise         func(gdkWindow uintptr)                                        `c3:"gdk_window_raise"`
	showURI          func(parent Widget, uri string, time uint32, err uintptr) bool `c3:"gtk_show_uri_on_window"`
	showURI4         func(parent Widget, uri string, time uint32)                   `c4:"gtk_show_uri"`

	SetVisible   func(w Widget, visible bool)                  `c:"gtk_widget_set_visible"`
	Tooltip      func(w Widget, text string)                   `c:"gtk_widget_set_tooltip_text"`
	Focusable    func(w Widget, can bool)                      `c3:"gtk_widget_set_can_focus" c4:"gtk_widget_set_focusable"`
	GrabFocus    func(w Widget)                                `c:"gtk_widget_grab_focus"`
	HExpand      func(w Widget, expand bool)                   `c:"gtk_widget_set_hexpand"`
	VExpand      func(w Widget, expand bool)                   `c:"gtk_widget_set_vexpand"`
	HAlign       func(w Widget, align int32)                   `c:"gtk_widget_set_halign"`
	VAlign       func(w Widget, align int32)                   `c:"gtk_widget_set_valign"`
	SizeRequest  func(w Widget, width, height int32)           `c:"gtk_widget_set_size_request"`
	marginStart  func(w Widget, margin int32)                  `c:"gtk_widget_set_margin_start"`
	marginEnd    func(w Widget, margin int32)                  `c:"gtk_widget_set_margin_end"`
	marginTop    func(w Widget, margin int32)                  `c:"gtk_widget_set_margin_top"`
	marginBottom func(w Widget, margin int32)                  `c:"gtk_widget_set_margin_bottom"`
	preferred    func(w Widget, minimum, natural *requisition) `c:"gtk_widget_get_preferred_size"`
	isA          func(w Widget, typ uintptr) bool              `c:"g_type_check_instance_is_a"`
	destroy      func(w Widget)                                `c3:"gtk_widget_destroy"`
	direction    func(direction int32)                         `c:"gtk_widget_set_default_direction"`
	styleContext func(w Widget) uintptr                        `c3:"gtk_widget_get_style_context"`
	styleClass   func(context uintptr, class string)           `c3:"gtk_style_context_add_class"`
	cssClass     func(w Widget, class string)                  `c4:"gtk_widget_add_css_class"`

	boxNew       func(orientation, spacing int32) Widget `c:"gtk_box_new"`
	containerAdd func(container, child Widget)           `c3:"gtk_container_add"`
	boxAppend    func(box, child Widget)                 `c4:"gtk_box_append"`
	boxRemove    func(box, child Widget)                 `c4:"gtk_box_remove"`
	binChild     func(w Widget) Widget                   `c3:"gtk_bin_get_child"`

	LabelNew      func(text string) Widget      `c:"gtk_label_new"`
	LabelText     func(w Widget, text string)   `c:"gtk_label_set_text"`
	labelWrap     func(w Widget, wrap bool)     `c3:"gtk_label_set_line_wrap" c4:"gtk_label_set_wrap"`
	labelMode     func(w Widget, mode int32)    `c3:"gtk_label_set_line_wrap_mode" c4:"gtk_label_set_wrap_mode"`
	labelMax      func(w Widget, chars int32)   `c:"gtk_label_set_max_width_chars"`
	labelMin      func(w Widget, chars int32)   `c:"gtk_label_set_width_chars"`
	labelAlign    func(w Widget, align float32) `c:"gtk_label_set_xalign"`
	labelLines    func(w Widget, lines int32)   `c:"gtk_label_set_lines"`
	labelEllipsis func(w Widget, mode int32)    `c:"gtk_label_set_ellipsize"`

	scrolledNew     func(h, v uintptr) Widget    `c:"gtk_scrolled_window_new"`
	scrolledPolicy  func(w Widget, h, v int32)   `c:"gtk_scrolled_window_set_policy"`
	scrolledHeight  func(w Widget, natural bool) `c:"gtk_scrolled_window_set_propagate_natural_height"`
	scrolledWidth   func(w Widget, natural bool) `c:"gtk_scrolled_window_set_propagate_natural_width"`
	scrolledMax     func(w Widget, height int32) `c:"gtk_scrolled_window_set_max_content_height"`
	scrolledOverlay func(w Widget, overlay bool) `c:"gtk_scrolled_window_set_overlay_scrolling"`
	scrolledMin     func(w Widget, height int32) `c:"gtk_scrolled_window_set_min_content_height"`
	scrolledChild   func(w, child Widget)        `c4:"gtk_scrolled_window_set_child"`

	buttonNew   func() Widget                           `c:"gtk_button_new"`
	buttonChild func(w, child Widget)                   `c4:"gtk_button_set_child"`
	canDefault  func(w Widget, can bool)                `c3:"gtk_widget_set_can_default"`
	grabDefault func(w Widget)                          `c3:"gtk_widget_grab_default"`
	checkNew    func(label string) Widget               `c:"gtk_check_button_new_with_label"`
	radioNew    func(group Widget, label string) Widget `c3:"gtk_radio_button_new_with_label_from_widget"`
	checkChild  func(w, child Widget)                   `c4:"gtk_check_button_set_child?"`
	checkGroup  func(w, group Widget)                   `c4:"gtk_check_button_set_group"`
	Active      func(w Widget) bool                     `c3:"gtk_toggle_button_get_active" c4:"gtk_check_button_get_active"`
	SetActive   func(w Widget, active bool)             `c3:"gtk_toggle_button_set_active" c4:"gtk_check_button_set_active"`

	EntryNew     func() Widget                    `c:"gtk_entry_new"`
	entryText    func(w Widget) string            `c:"gtk_entry_get_text" c4:"gtk_editable_get_text"`
	EntrySetText func(w Widget, text string)      `c:"gtk_entry_set_text" c4:"gtk_editable_set_text"`
	entryVisible func(w Widget, visible bool)     `c:"gtk_entry_set_visibility"`
	entryPurpose func(w Widget, purpose int32)    `c:"gtk_entry_set_input_purpose"`
	selectRegion func(w Widget, start, end int32) `c:"gtk_editable_select_region"`

	textNew      func() Widget                                                  `c:"gtk_text_view_new"`
	textWrap     func(w Widget, mode int32)                                     `c:"gtk_text_view_set_wrap_mode"`
	textTab      func(w Widget, accepts bool)                                   `c:"gtk_text_view_set_accepts_tab"`
	textLeft     func(w Widget, pixels int32)                                   `c:"gtk_text_view_set_left_margin"`
	textTop      func(w Widget, pixels int32)                                   `c:"gtk_text_view_set_top_margin"`
	textBuffer   func(w Widget) uintptr                                         `c:"gtk_text_view_get_buffer"`
	bufferSet    func(buffer uintptr, text string, n int32)                     `c:"gtk_text_buffer_set_text"`
	bufferBounds func(buffer uintptr, start, end *textIter)                     `c:"gtk_text_buffer_get_bounds"`
	bufferText   func(buffer uintptr, start, end *textIter, hidden bool) string `c:"gtk_text_buffer_get_text"`

	BarNew      func() Widget                    `c:"gtk_progress_bar_new"`
	BarFraction func(w Widget, fraction float64) `c:"gtk_progress_bar_set_fraction"`
	BarPulse    func(w Widget)                   `c:"gtk_progress_bar_pulse"`

	imageNew  func(name string, size int32) Widget    `c:"gtk_image_new_from_icon_name"`
	imageIcon func(w Widget, name string, size int32) `c:"gtk_image_set_from_icon_name"`
	imageSize func(w Widget, pixels int32)            `c:"gtk_image_set_pixel_size"`

	expanderNew   func(label string) Widget    `c:"gtk_expander_new"`
	ExpanderLabel func(w Widget, label string) `c:"gtk_expander_set_label"`
	Expanded      func(w Widget) bool          `c:"gtk_expander_get_expanded"`
	expanderChild func(w, child Widget)        `c4:"gtk_expander_set_child"`

	cssNew     func() uintptr                                              `c:"gtk_css_provider_new"`
	cssLoad    func(provider uintptr, css string, n int, err uintptr) bool `c:"gtk_css_provider_load_from_data"`
	cssScreen  func(screen, provider uintptr, priority uint32)             `c3:"gtk_style_context_add_provider_for_screen" c4:"gtk_style_context_add_provider_for_display"`
	gdkScreen  func() uintptr                                              `c3:"gdk_screen_get_default"`
	gdkDisplay func() uintptr                                              `c:"gdk_display_get_default"`
	gdkX11Type func() uintptr                                              `c:"gdk_x11_display_get_type?"`

	eventKey      func(event uintptr, key *uint32) bool             `c3:"gdk_event_get_keyval"`
	realize       func(w Widget)                                    `c4:"gtk_widget_realize"`
	surface       func(w Widget) uintptr                            `c4:"gtk_native_get_surface"`
	surfaceText   func(surface uintptr, property, value string)     `c4:"gdk_x11_surface_set_utf8_property?"`
	surfaceUrgent func(surface uintptr, on bool)                    `c4:"gdk_x11_surface_set_urgency_hint?"`
	surfaceXID    func(surface uintptr) uintptr                     `c4:"gdk_x11_surface_get_xid?"`
	surfaceTime   func(surface uintptr, time uint32)                `c4:"gdk_x11_surface_set_user_time?"`
	keyController func() uintptr                                    `c4:"gtk_event_controller_key_new"`
	addController func(w Widget, controller uintptr)                `c4:"gtk_widget_add_controller"`
	phase         func(controller uintptr, phase int32)             `c4:"gtk_event_controller_set_propagation_phase"`
	eventState    func(event uintptr, state *uint32) bool           `c3:"gdk_event_get_state"`
	seat          func(display uintptr) uintptr                     `c:"gdk_display_get_default_seat"`
	pointer       func(seat uintptr) uintptr                        `c:"gdk_seat_get_pointer"`
	pointerAt     func(device uintptr, screen uintptr, x, y *int32) `c3:"gdk_device_get_position"`
	monitorAt     func(display uintptr, x, y int32) uintptr         `c3:"gdk_display_get_monitor_at_point"`
	workarea      func(monitor uintptr, area *Rectangle)            `c3:"gdk_monitor_get_workarea"`

	textViewType func() uintptr `c:"gtk_text_view_get_type"`
	entryType    func() uintptr `c3:"gtk_entry_get_type" c4:"gtk_text_get_type"`

	accessible func(w Widget) uintptr                                    `c3:"gtk_widget_get_accessible"`
	atkRole    func(object uintptr, role int32)                          `c3:"atk_object_set_role"`
	atkType    func() uintptr                                            `c3:"atk_object_get_type"`
	atkRelate  func(object uintptr, relation int32, target uintptr) bool `c3:"atk_object_add_relationship"`
}

// requisition is a GtkRequisition.
type requisition struct{ width, height int32 }

// Rectangle is a GdkRectangle: pixels of the screen.
type Rectangle struct{ X, Y, Width, Height int32 }

// textIter has room for a GtkTextIter, which is opaque (80 bytes).
type textIter [16]uint64
